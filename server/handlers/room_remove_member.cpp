#include "server/handlers/handlers.hpp"

#include "server/handlers/rooms.hpp"

namespace wsd {

task<> handle(request_context& ctx, from_client::room_remove_member frame) {
    room_action::any action = room_action::remove{std::move(frame.user_id)};
    co_await change_members(ctx, std::move(frame.room_id), std::move(action));
}

} // namespace wsd
