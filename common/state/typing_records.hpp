#pragma once

#include "common/base/ids.hpp"

#include <cstdint>
#include <vector>

// What shards tell each other about who is typing. Plain values.
namespace wsd {

enum class typing_action : std::uint8_t { start, stop };

// A user types, or no longer does, to another user: for the shard where that one lives.
struct typing_notice {
    user_id author;
    user_id target;
    typing_action action = typing_action::start;
};

// The same in a room. From the author's shard to whoever knows the members; from there to the shards where they live.
struct room_typing {
    user_id author;
    room_id room;
    typing_action action = typing_action::start;
    std::vector<user_id> users; // the other members of one shard
};

} // namespace wsd
