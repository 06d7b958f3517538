#include "server/handlers/handlers.hpp"

#include "server/handlers/rooms.hpp"

namespace wsd {

task<> handle(request_context& ctx, from_client::room_delete frame) {
    room_action::any action = room_action::erase{};
    const std::optional<room_changed> done = co_await change_and_check(ctx, frame.room_id, std::move(action));
    if (done) ctx.reply(from_server::room_deleted{.room_id = frame.room_id.view(), .timestamp = done->at});
}

} // namespace wsd
