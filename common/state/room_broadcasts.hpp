#pragma once

#include "common/base/clock.hpp"
#include "common/base/seeded_hash.hpp"
#include "common/state/room_records.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace wsd {

// Merges what is broadcast about the members of a room: the first at once, then at most one per interval with the state
// of that moment, the last state always. Lives on a shard's thread; holds the rooms of the last interval.
class room_broadcasts {
  public:
    explicit room_broadcasts(const hash_seed& seed) : rooms_(0, seeded_hash(seed), same_text{}) {}

    static constexpr milliseconds interval{500};

    // True: it is to be sent now. Else it waits, and what waited for the room before is forgotten.
    [[nodiscard]] bool offer(const room_update& update, steady_time now) {
        const auto [at, fresh] = rooms_.try_emplace(update.room->head.id, record{.next = now + interval});
        if (fresh) return true;
        at->second.waiting = update;
        return false;
    }

    // fn(room_update&&) for what is due. fn must not change the store.
    template <class Fn> void take_due(steady_time now, Fn&& fn) {
        for (auto at = rooms_.begin(); at != rooms_.end();) {
            record& room = at->second;
            if (now < room.next) {
                ++at;
            } else if (!room.waiting) {
                at = rooms_.erase(at);
            } else {
                room.next = now + interval;
                fn(*std::exchange(room.waiting, std::nullopt));
                ++at;
            }
        }
    }
    [[nodiscard]] std::size_t size() const { return rooms_.size(); }

  private:
    struct record {
        steady_time next; // until then nothing is sent
        std::optional<room_update> waiting = {};
    };
    boost::unordered_flat_map<room_id, record, seeded_hash, same_text> rooms_;
};

} // namespace wsd
