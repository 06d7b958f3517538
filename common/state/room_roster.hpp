#pragma once

#include "common/base/ids.hpp"
#include "common/base/seeded_hash.hpp"
#include "common/state/slot_table.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace wsd {

// Who of the users that are here is in which room; a user is a slot of the owner's table. What a room costs grows with
// its members, never with pairs of them. Bounded by its owner's users and the rooms each of them is in.
class room_roster {
  public:
    explicit room_roster(const hash_seed& seed) : by_id_(0, seeded_hash(seed), same_text{}) {}
    room_roster(const room_roster&) = delete;
    room_roster& operator=(const room_roster&) = delete;

    // fresh: just now; settled: it was a member before. A fresh seat is one until settle().
    enum class seating : std::uint8_t { settled, fresh };
    // False: it is in the room already.
    [[nodiscard]] bool enter(std::uint32_t user, const room_id& room, seating how);
    // Nothing when it is not in the room.
    void leave(std::uint32_t user, const room_id& room);
    void leave_all(std::uint32_t user);
    void settle();

    [[nodiscard]] bool has(std::uint32_t user, const room_id& room) const;
    // Both have settled seats in one room.
    [[nodiscard]] bool share_settled(std::uint32_t a, std::uint32_t b) const;
    [[nodiscard]] std::size_t count_rooms() const noexcept { return rooms_.size(); }

    // fn(user) for everyone in the room; none of these functions may change the roster.
    template <class Fn> void for_each_in(const room_id& room, Fn&& fn) const {
        const auto at = by_id_.find(room);
        if (at == by_id_.end()) return;
        for (const member& each : rooms_[at->second].members) fn(each.user);
    }
    // fn(peer, own, theirs) for everyone else in the user's rooms, once for each room that they share, with the
    // seating of both.
    template <class Fn> void for_each_peer(std::uint32_t user, Fn&& fn) const {
        const auto seats = seats_.find(user);
        if (seats == seats_.end()) return;
        for (const seat& mine : seats->second) {
            const attendance& where = rooms_[mine.room];
            const seating own = where.members[mine.place].how;
            for (const member& each : where.members)
                if (each.user != user) fn(each.user, own, each.how);
        }
    }
    // fn(user) for everyone who took a fresh seat, at least once for each.
    template <class Fn> void for_each_fresh(Fn&& fn) const {
        for (const auto& [user, room] : fresh_) fn(user);
    }

  private:
    struct member {
        std::uint32_t user = no_slot;
        seating how = seating::settled;
    };
    struct attendance {
        room_id id;
        std::vector<member> members;
    };
    struct seat {
        std::uint32_t room = no_slot;
        std::uint32_t place = 0; // in the room's members
    };
    using seat_list = std::vector<seat>; // ascending by room

    [[nodiscard]] static seat_list::iterator find_seat(seat_list& seats, std::uint32_t room);
    [[nodiscard]] member* find_member(std::uint32_t user, std::uint32_t room);
    void vacate(const seat& given_up);

    slot_table<attendance> rooms_;
    boost::unordered_flat_map<room_id, std::uint32_t, seeded_hash, same_text> by_id_;
    boost::unordered_flat_map<std::uint32_t, seat_list> seats_;  // by user
    std::vector<std::pair<std::uint32_t, std::uint32_t>> fresh_; // user, room; some may have left
};

} // namespace wsd
