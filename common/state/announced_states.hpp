#pragma once

#include "common/state/log_records.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace wsd {

// The states of direct messages that were announced lately: what was read from the log before that, and is written
// after it, must not take them back. Lives on a shard's thread; of two messages in one place the later one stays.
class announced_states {
  public:
    static constexpr std::size_t places = 4096;

    void note(const message_id& id, message_state state) {
        entries_[id.offset() % places] = {.id = id, .state = state};
    }
    // What was read, or what was announced since.
    [[nodiscard]] message_state newest(const message_id& id, message_state read) const {
        const entry& known = entries_[id.offset() % places];
        return known.id == id ? std::max(known.state, read) : read;
    }

  private:
    struct entry {
        message_id id{};
        message_state state = message_state::sent;
    };
    std::array<entry, places> entries_{};
};

} // namespace wsd
