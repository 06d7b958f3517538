#pragma once

#include "common/state/index_list.hpp"
#include "common/state/presence_tick.hpp"
#include "common/state/room_roster.hpp"
#include "common/state/user_table.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace wsd {

class presence_writer;

// Who is online, and in which rooms. Everybody may read it on its thread; only the holder of the one presence_writer
// changes it, so that a handler that writes presence does not compile. A record lives from a user's first connection
// until its going offline was told. Audiences by rooms are looked up among the members, not kept as pairs. Lives on the
// control thread; bounded by users_max, contacts_max and the rooms that its users are in.
class presence_store {
  public:
    struct options {
        presence_audience audience = presence_audience::contacts;
        milliseconds offline_grace{5000};
        std::size_t users_max = 1 << 20;
        // Contacts of one user who are here at once: 4 bytes each. Further ones are not told of each other, and their
        // snapshots are truncated.
        std::size_t contacts_max = 100'000;
        hash_seed seed{};
    };
    explicit presence_store(const options& o) : options_(o), users_(o.seed), rooms_(o.seed) {}

    // At most once in the life of the store, which must outlive the writer.
    [[nodiscard]] presence_writer take_writer();

    [[nodiscard]] bool is_online(const user_id& user) const noexcept;
    // When the user came online or went offline last; nullopt when that is not known (any more).
    [[nodiscard]] std::optional<timestamp> last_seen(const user_id& user) const noexcept;
    // set_contacts() was called for the user since it came.
    [[nodiscard]] bool contacts_known(const user_id& user) const noexcept;
    // This load, and no later one, is to bring the user's contacts.
    [[nodiscard]] bool awaits_contacts(const user_id& user, std::uint64_t load) const noexcept;
    // Of users who are tracked, whatever the audience.
    [[nodiscard]] bool is_in(const user_id& user, const room_id& room) const;
    template <class Fn> void for_each_in(const room_id& room, Fn&& fn) const { // fn(const user_id&)
        rooms_.for_each_in(room, [&](std::uint32_t slot) { fn(users_.user_of(slot)); });
    }
    [[nodiscard]] std::size_t count_online() const noexcept { return online_; }
    [[nodiscard]] std::size_t count_records() const noexcept { return users_.size(); }

  private:
    friend class presence_writer;

    struct record {
        std::uint32_t connections = 0;
        bool online = false;           // now
        bool published = false;        // as the audience was told
        bool contacts_known = false;   // until then its coming online is not told: nobody knows to whom
        bool contacts_missing = false; // it has contacts that are not in `contacts`
        bool changed = false;          // in changed_
        list_links grace;              // in leaving_, while the grace runs
        steady_time offline_due;
        timestamp last_transition = 0;
        timestamp published_transition = 0;
        std::uint64_t contacts_load = 0; // 0: none was begun
        std::uint64_t first_change = 0;  // versions since the last tick
        std::uint64_t last_change = 0;
        std::vector<std::uint32_t> contacts; // slots of contacts that have records, ascending; symmetrical
        std::vector<room_id> left;           // rooms, while contacts_known is false
        std::uint64_t mark = 0;              // scratch: see marks_
        std::uint32_t transition = no_slot;  // scratch of advance(): what is told of it, as an index into the changes
        std::uint32_t introduction = no_slot;
        std::uint32_t last_told = no_slot;
    };

    // Links of the chains that group what is told by viewer. Ranges, because those who come together stand together.
    struct telling {
        change_range changes;
        std::uint32_t next; // told before it
    };
    using slot_list = std::vector<std::uint32_t>;

    [[nodiscard]] auto grace_links() noexcept {
        return [this](std::uint32_t slot) -> list_links& { return users_[slot].grace; };
    }
    void change(std::uint32_t slot, bool online, timestamp wall);
    [[nodiscard]] bool link(std::uint32_t a, std::uint32_t b);
    void renew_change(std::uint32_t slot);
    // fn(slot) once for each contact and each other member of the user's rooms.
    template <class Fn> void for_each_contact(std::uint32_t slot, Fn&& fn) {
        ++marks_;
        users_[slot].mark = marks_;
        const auto once = [&](std::uint32_t other) {
            if (std::exchange(users_[other].mark, marks_) != marks_) fn(other);
        };
        for (const std::uint32_t contact : users_[slot].contacts) once(contact);
        rooms_.for_each_peer(slot, [&](std::uint32_t peer, room_roster::seating, room_roster::seating) { once(peer); });
    }
    void mark_old_contacts(std::uint32_t slot);
    void publish(std::uint32_t slot, presence_tick& tick);
    void tell(std::uint32_t viewer, std::uint32_t transition, slot_list& viewers);
    void address(presence_tick& tick);
    void collect(std::uint32_t viewer, presence_tick& tick);
    void introduce(std::uint32_t whom, std::uint32_t to, presence_tick& tick, slot_list& viewers);
    void introduce_new_contacts(presence_tick& tick, slot_list& viewers);
    void forget_offline(presence_tick& tick);

    options options_;
    user_table<record> users_;
    room_roster rooms_;
    index_list leaving_; // by the end of their grace
    std::vector<std::uint32_t> changed_;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> new_pairs_; // became contacts since the last tick
    std::vector<telling> tellings_;                                  // empty between ticks
    std::uint64_t marks_ = 0;                                        // a record with this mark has been looked at
    std::uint64_t version_ = 0;
    std::uint64_t loads_ = 0;
    std::uint64_t last_link_ = 0; // version when users became contacts last
    std::uint64_t last_snapshot_ = 0;
    std::size_t online_ = 0;
    bool writer_taken_ = false;
};

// The right to change presence. Move-only; made by presence_store::take_writer() alone.
class presence_writer {
  public:
    presence_writer(presence_writer&& other) noexcept : store_(std::exchange(other.store_, nullptr)) {}
    presence_writer& operator=(presence_writer&& other) noexcept {
        store_ = std::exchange(other.store_, nullptr);
        return *this;
    }
    presence_writer(const presence_writer&) = delete;
    presence_writer& operator=(const presence_writer&) = delete;
    ~presence_writer() = default;

    // A connection of the user was accepted. False: users_max, the user is not tracked. `wall` is the time of the
    // event.
    [[nodiscard]] bool connected(const user_id& user, timestamp wall);

    enum class departure : std::uint8_t {
        lost, // the user stays online for offline_grace
        left, // closed by the client with 1000, or by 4001 or 4003: offline at once, if it was the last connection
    };
    // Ignored for a user that is not tracked.
    void disconnected(const user_id& user, departure how, steady_time now, timestamp wall);

    // The number of a load that is to bring the user's contacts, page by page: it has come and none was begun since;
    // else nullopt. Who has gone and come again needs another load, since pages of the first may have been skipped.
    [[nodiscard]] std::optional<std::uint64_t> begin_contacts(const user_id& user);
    // Some of the users who may see this one, and whom it may see; more are to come. The relation is symmetrical; users
    // who have no record are skipped, because they bring their own list when they come.
    void add_contacts(const user_id& user, std::span<const user_id> contacts);
    // The last of them, and the rooms whose members may. To be called after the user came, until contacts_known, also
    // when the lists are empty: until then nobody is told that it is online. Rooms that the user left meanwhile are
    // skipped. Whom a later call adds counts as a new contact.
    void set_contacts(const user_id& user, std::span<const user_id> contacts, std::span<const room_id> rooms = {});
    // The same when the rest can't be had: the user's snapshots are truncated.
    void miss_contacts(const user_id& user);
    // They became contacts just now: if both are connected, each is told of the other at the next tick.
    void add_contact(const user_id& a, const user_id& b);
    // The user became a member just now: so do the other members become its contacts. Ignored for users without record.
    void enter(const user_id& user, const room_id& room);
    // It no longer is: with whom it has nothing else in common it sees no more.
    void leave(const user_id& user, const room_id& room);

    // What the viewer is to be shown first, at most `max` users. Needs contacts_known(viewer). What it shows is then
    // not told again, and what it shows wrongly because of a change that cancels out within the tick is corrected.
    [[nodiscard]] presence_snapshot snapshot(const user_id& viewer, std::size_t max);

    // Ends the tick: graces that are over, and what is to be told to whom. A user that changed and changed back since
    // the last tick is not told.
    [[nodiscard]] presence_tick advance(steady_time now, timestamp wall);

  private:
    friend class presence_store;
    explicit presence_writer(presence_store& store) noexcept : store_(&store) {}
    presence_store* store_;
};

} // namespace wsd
