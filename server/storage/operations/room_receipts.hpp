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

} // namespace wsd
