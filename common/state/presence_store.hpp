#pragma once

#include "common/state/index_list.hpp"
#include "common/state/presence_tick.hpp"
#include "common/state/user_table.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace wsd {

class presence_writer;

// Who is online. Everybody may read it on its thread; only the holder of the one presence_writer changes it, so that a
// handler that writes presence does not compile. A record lives from a user's first connection until its going offline
// was told. Lives on the control thread; bounded by users_max and contacts_max.
class presence_store {
  public:
    struct options {
        presence_audience audience = presence_audience::contacts;
        milliseconds offline_grace{5000};
        std::size_t users_max = 1 << 20;
        std::size_t contacts_max = 5000; // online contacts of one user; further ones don't see each other
        hash_seed seed{};
    };
    explicit presence_store(const options& o) : options_(o), users_(o.seed) {}

    // At most once in the life of the store, which must outlive the writer.
    [[nodiscard]] presence_writer take_writer();

    [[nodiscard]] bool is_online(const user_id& user) const noexcept;
    // When the user came online or went offline last; nullopt when that is not known (any more).
    [[nodiscard]] std::optional<timestamp> last_seen(const user_id& user) const noexcept;
    // Audience `contacts`: set_contacts() was called for the user since it came. Others: always true.
    [[nodiscard]] bool contacts_known(const user_id& user) const noexcept;
    [[nodiscard]] std::size_t count_online() const noexcept { return online_; }
    [[nodiscard]] std::size_t count_records() const noexcept { return users_.size(); }

  private:
    friend class presence_writer;

    struct record {
        std::uint32_t connections = 0;
        bool online = false;         // now
        bool published = false;      // as the audience was told
        bool contacts_known = false; // until then its coming online is not told: nobody knows to whom
        bool changed = false;        // in changed_
        list_links grace;            // in leaving_, while the grace runs
        steady_time offline_due;
        timestamp last_transition = 0;
        timestamp published_transition = 0;
        std::uint64_t first_change = 0; // versions since the last tick
        std::uint64_t last_change = 0;
        std::vector<std::uint32_t> contacts; // slots of contacts that have records, ascending; symmetrical
        std::uint32_t transition = no_slot;  // scratch of advance()
        std::uint32_t first_told = no_slot;
    };

    // Links of the chains that group what is told by viewer.
    struct telling {
        std::uint32_t transition;
        std::uint32_t next;
    };

    [[nodiscard]] auto grace_links() noexcept {
        return [this](std::uint32_t slot) -> list_links& { return users_[slot].grace; };
    }
    void change(std::uint32_t slot, bool online, timestamp wall);
    [[nodiscard]] bool link(std::uint32_t a, std::uint32_t b);
    void renew_change(std::uint32_t slot);
    void publish(std::uint32_t slot, presence_tick& tick);
    void tell(std::uint32_t viewer, std::uint32_t transition, std::vector<std::uint32_t>& viewers);
    void address(presence_tick& tick);
    void address_new_pairs(presence_tick& tick, std::vector<std::uint32_t>& viewers);
    void forget_offline();

    options options_;
    user_table<record> users_;
    index_list leaving_; // by the end of their grace
    std::vector<std::uint32_t> changed_;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> new_pairs_; // became contacts since the last tick
    std::vector<telling> tellings_;                                  // empty between ticks
    std::uint64_t version_ = 0;
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

    // Audience `contacts`: the users who may see this one, and whom it may see. To be called after the user came, until
    // contacts_known, also when the list is empty or can't be had: until then nobody is told that it is online. The
    // relation is symmetrical; users who have no record are skipped, because they bring their own list when they come.
    // Whom a later call adds counts as a new contact.
    void set_contacts(const user_id& user, std::span<const user_id> contacts);
    // They became contacts just now: if both are connected, each is told of the other at the next tick.
    void add_contact(const user_id& a, const user_id& b);

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
