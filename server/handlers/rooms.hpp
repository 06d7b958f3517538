#pragma once

#include "server/dispatch/request_context.hpp"
#include "server/services/room_frames.hpp"

#include <optional>
#include <string>

// What the handlers of rooms have in common.
namespace wsd {

// Asks the log to change the room and waits for the commit. Nothing: it was refused, and that has been answered, with
// `limit` when a limit was the reason.
[[nodiscard]] task<std::optional<room_changed>> change_and_check(request_context& ctx, room_id room,
                                                                 room_action::any action,
                                                                 error_code limit = error_code::join_failed);

// The same, answered with the members as they are afterwards.
[[nodiscard]] task<> change_members(request_context& ctx, room_id room, room_action::any action);

// Answers with the room as it is.
[[nodiscard]] task<> show_room(request_context& ctx, room_id room);

} // namespace wsd
