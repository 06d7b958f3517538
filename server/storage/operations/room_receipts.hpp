#pragma once

#include "server/storage/log_state.hpp"

#include <optional>

namespace wsd {

// As the user sees a room's message; nullopt: not at all.
[[nodiscard]] std::optional<message_state> state_in_room(log_state& state, const user_id& user, const message_row& row);

// The user, who sees the message, got it, or has read it, and every earlier one of the room. Writes the position and
// adds to the outcome who has to know; nothing when the user had come that far already.
void move_position(log_state& state, const user_id& user, const message_row& row, receipt_kind kind,
                   confirmed& outcome);

// Of the room's messages that the member has not got yet, the newest with an offset below this one.
[[nodiscard]] std::optional<message_row> find_last_below(log_state& state, const user_id& member, chat_key where,
                                                         std::uint64_t offset);

} // namespace wsd
