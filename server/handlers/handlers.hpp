#pragma once

#include "common/base/task.hpp"
#include "common/protocol/client_messages.hpp"
#include "common/protocol/client_resume.hpp"
#include "common/protocol/client_rooms.hpp"
#include "common/protocol/client_session.hpp"
#include "common/protocol/client_typing.hpp"
#include "server/dispatch/request_context.hpp"

// One function per client frame, each in a file of its own name. A handler checks, asks, replies: exactly one reply per
// frame. It has no state; what it needs is in the context.
namespace wsd {

[[nodiscard]] task<> handle(request_context& ctx, from_client::hello frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::ping frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::presence_ping frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::auth_refresh frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::message_send frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::message_ack frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::message_delivered_confirm frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::message_read frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::message_read_confirm frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::client_ack frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::message_edit frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::message_delete frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::resume frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::message_replay frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::state_sync frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::history frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::typing_start frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::typing_stop frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::room_create frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::room_join frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::room_leave frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::room_message frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::room_info frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::room_members frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::room_list frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::room_update_meta frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::room_add_members frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::room_remove_member frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::room_set_role frame);
[[nodiscard]] task<> handle(request_context& ctx, from_client::room_delete frame);

} // namespace wsd
