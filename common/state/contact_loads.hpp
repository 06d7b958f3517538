#pragma once

#include "common/base/ids.hpp"
#include "common/state/store_records.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace wsd {

struct contact_load {
    user_id user;
    std::uint64_t number = 0; // of presence_writer::begin_contacts()
};

// Whose contacts are being read from the log, by the pages in the order in which they were asked for and will be
// answered, and the questions that wait for that. Bounded by the reader's queue and by the connections that say HELLO.
class contact_loads {
  public:
    void ask(contact_load load) { asked_.push_back(std::move(load)); }
    // The oldest page has been answered; nullopt: none was asked for.
    [[nodiscard]] std::optional<contact_load> answer_oldest() {
        if (asked_.empty()) return std::nullopt;
        contact_load load = std::move(asked_.front());
        asked_.pop_front();
        return load;
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
    std::deque<contact_load> asked_;
    std::vector<std::pair<user_id, store_ticket>> held_;
};

} // namespace wsd
