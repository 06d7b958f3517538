#pragma once

#include "common/state/log_records.hpp"
#include "common/state/row_keys.hpp"

#include <cstdint>

// Entries, and rows of rooms, as they are in the tables beneath the log, see log_tables.hpp.
namespace wsd {

// Rooms have numbers above those of all direct chats, so that a message tells what it is.
constexpr std::uint64_t first_room_key = std::uint64_t{1} << 40;
[[nodiscard]] constexpr bool is_room(chat_key chat) { return static_cast<std::uint64_t>(chat) > first_room_key; }

// A few bits of who wrote a room's message, in its place in the chat: who wrote another one need not be looked up.
[[nodiscard]] constexpr std::uint8_t author_code(user_key user) {
    return static_cast<std::uint8_t>(static_cast<std::uint64_t>(user));
}

struct room_row { // kept when the room has ended: its id keeps its number and its place in the chat
    chat_key key = chat_key::none;
    bool alive = false;
    room_head head;
};
struct member_row {
    user_key user = user_key::none;
    room_role role = room_role::none; // none: was removed
    timestamp joined_at = 0;
    std::uint64_t since = 0;     // offset of the event by which it became a member
    std::uint64_t delivered = 0; // chat_seq
    std::uint64_t read = 0;
};

struct entry_row {
    std::uint64_t offset = 0;
    entry_kind kind = entry_kind::message;
    bool own = false; // the user wrote the message
};
[[nodiscard]] inline bool is_addressed(const entry_row& entry) {
    return entry.kind == entry_kind::message && !entry.own;
}

struct entry_place { // of a room's message or event in the log of one user
    user_key user = user_key::none;
    std::uint64_t seq = 0;
};

} // namespace wsd
