#pragma once

#include "common/state/membership_records.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace wsd {

// Users who went offline and could not leave their rooms, because the log could not be written: in the order in which
// they went, each once. Lives on the store thread. Bounded by users_max, beyond which a user stays in its rooms until
// it goes offline again.
class postponed_leaves {
  public:
    static constexpr std::size_t users_max = 1'000'000;

    void add(leave_rooms&& leave) {
        if (queue_.size() >= users_max || !users_.insert(leave.user.value).second) return;
        queue_.push_back(std::move(leave));
    }
    [[nodiscard]] std::optional<leave_rooms> take() {
        if (queue_.empty()) return std::nullopt;
        std::optional<leave_rooms> first(std::move(queue_.front()));
        queue_.pop_front();
        users_.erase(first->user.value);
        return first;
    }
    [[nodiscard]] std::size_t size() const noexcept { return queue_.size(); }

  private:
    std::deque<leave_rooms> queue_;
    boost::unordered_flat_set<std::string> users_; // of the queue
};

} // namespace wsd
