#pragma once

#include "common/base/seeded_hash.hpp"
#include "common/state/room.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace wsd {

// The rooms that the writer of the log has looked at lately, whole. Everything in it can be read from the tables again.
// Lives with the writer; bounded by `members_max` over all rooms: beyond it trim() forgets all of them.
class room_cache {
  public:
    explicit room_cache(const hash_seed& seed, std::size_t members_max = 1'000'000)
        : by_id_(0, seeded_hash(seed), same_text{}), members_max_(members_max) {}

    // Null: not here. Good until trim() or clear().
    [[nodiscard]] room* find(chat_key key) {
        const auto found = rooms_.find(key);
        return found == rooms_.end() ? nullptr : found->second.get();
    }
    [[nodiscard]] room* find(const room_id& id) {
        const auto found = by_id_.find(id);
        return found == by_id_.end() ? nullptr : find(found->second);
    }
    room* put(room&& which) {
        by_id_.emplace(which.head().id, which.key());
        cost_ += which.cost();
        auto& place = rooms_[which.key()];
        place = std::make_unique<room>(std::move(which));
        return place.get();
    }
    // Between operations: what was found before is gone then.
    void trim() {
        if (cost_ > members_max_) clear();
    }
    void clear() {
        rooms_.clear();
        by_id_.clear();
        cost_ = 0;
    }

  private:
    boost::unordered_flat_map<chat_key, std::unique_ptr<room>> rooms_;
    boost::unordered_flat_map<room_id, chat_key, seeded_hash, same_text> by_id_;
    std::size_t members_max_;
    std::size_t cost_ = 0; // as the rooms were when they were put here
};

} // namespace wsd
