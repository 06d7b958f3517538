#include "server/handlers/handlers.hpp"

#include "server/handlers/rooms.hpp"

namespace wsd {

task<> handle(request_context& ctx, from_client::room_leave frame) {
    room_action::any action = room_action::leave{};
    const std::optional<room_changed> done = co_await change_and_check(ctx, frame.room_id, std::move(action));
    if (done) ctx.reply(from_server::room_leave_response{.room_id = frame.room_id.view(), .timestamp = done->at});
}

} // namespace wsd
