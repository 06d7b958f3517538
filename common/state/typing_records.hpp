#pragma once

#include "common/base/ids.hpp"

#include <cstdint>

// What shards tell each other about who is typing. Plain values.
namespace wsd {

enum class typing_action : std::uint8_t { start, stop };

// A user types, or no longer does, to another user: for the shard where that one lives.
struct typing_notice {
    user_id author;
    user_id target;
    typing_action action = typing_action::start;
};

} // namespace wsd
