#include "server/handlers/handlers.hpp"

#include "server/handlers/rooms.hpp"

namespace wsd {

task<> handle(request_context& ctx, from_client::room_add_members frame) {
    room_action::any action = room_action::add{std::move(frame.user_ids)};
    co_await change_members(ctx, std::move(frame.room_id), std::move(action));
}

} // namespace wsd
