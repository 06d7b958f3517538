#pragma once

#include "common/base/ids.hpp"
#include "common/state/store_records.hpp"

#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace wsd {

// Whose contacts are being read from the log, in the order in which they were asked for and will be answered, and the
// questions that wait for that. Bounded by the reader's queue and by the connections that say HELLO.
class contact_loads {
  public:
    void begin(user_id user) { loading_.push_back(std::move(user)); }
    // The oldest load has been answered; nullopt: none was running.
    [[nodiscard]] std::optional<user_id> finish_oldest() {
        if (loading_.empty()) return std::nullopt;
        user_id user = std::move(loading_.front());
        loading_.pop_front();
        return user;
    }
    void hold(store_ticket ticket, const user_id& viewer) { held_.emplace_back(viewer, ticket); }
    // The questions about this viewer, which are not held any more.
    [[nodiscard]] std::vector<store_ticket> release(const user_id& viewer) {
        std::vector<store_ticket> released;
        std::erase_if(held_, [&](const auto& question) {
            if (question.first != viewer) return false;
            released.push_back(question.second);
            return true;
        });
        return released;
    }

  private:
    std::deque<user_id> loading_;
    std::vector<std::pair<user_id, store_ticket>> held_;
};

} // namespace wsd
