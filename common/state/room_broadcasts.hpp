#pragma once

#include "common/base/clock.hpp"
#include "common/base/seeded_hash.hpp"
#include "common/state/room_records.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

namespace wsd {

// Merges what is broadcast about a room. Of its members: the first at once, then at most one per interval with the
// state of that moment, the last state always. Of its name and the like: at once, but behind news of its members that
// wait, because clients ignore a version that is not above their own. Lives on a shard's thread; holds the rooms of the
// last interval.
class room_broadcasts {
  public:
    explicit room_broadcasts(const hash_seed& seed) : rooms_(0, seeded_hash(seed), same_text{}) {}

    static constexpr milliseconds interval{500};

    // True: it is to be sent now. Else it waits, together with what waited for the room before.
    [[nodiscard]] bool offer(const room_update& update, steady_time now);

    // These users are members no longer: what waits is not for them.
    void drop(const room_id& room, std::span<const user_id> users);
    // The room has ended: what comes of one of this id begins anew.
    void drop(const room_id& room) { rooms_.erase(room); }

    // fn(const room_update&) for what is due, of each room in the order of versions. fn must not change the store.
    template <class Fn> void take_due(steady_time now, Fn&& fn) {
        for (auto at = rooms_.begin(); at != rooms_.end();) {
            record& room = at->second;
            if (now < room.next) {
                ++at;
            } else if (!room.members && !room.patch) {
                at = rooms_.erase(at);
            } else {
                room.next = now + interval;
                const record due{.next = now,
                                 .members = std::exchange(room.members, std::nullopt),
                                 .patch = std::exchange(room.patch, std::nullopt)};
                const bool patch_first = due.members && due.patch && version_of(*due.patch) < version_of(*due.members);
                if (patch_first) fn(*due.patch);
                if (due.members) fn(*due.members);
                if (due.patch && !patch_first) fn(*due.patch);
                ++at;
            }
        }
    }
    [[nodiscard]] std::size_t size() const { return rooms_.size(); }

  private:
    struct record {
        steady_time next; // until then nothing is sent of the members
        std::optional<room_update> members = {};
        std::optional<room_update> patch = {}; // the union of those that waited
    };
    [[nodiscard]] static std::uint64_t version_of(const room_update& update) { return update.room->head.version; }

    boost::unordered_flat_map<room_id, record, seeded_hash, same_text> rooms_;
};

} // namespace wsd
