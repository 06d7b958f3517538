#include "server/handlers/handlers.hpp"

#include "server/handlers/rooms.hpp"

namespace wsd {

task<> handle(request_context& ctx, from_client::room_set_role frame) {
    const auto role = frame.role == "ADMIN" ? room_role::admin : room_role::member;
    room_action::any action = room_action::set_role{.user = std::move(frame.user_id), .role = role};
    co_await change_members(ctx, std::move(frame.room_id), std::move(action));
}

} // namespace wsd
