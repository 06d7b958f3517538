#include "server/handlers/handlers.hpp"

#include "server/handlers/rooms.hpp"

namespace wsd {

task<> handle(request_context& ctx, from_client::room_join frame) {
    room_action::any action = room_action::join{};
    const std::optional<room_changed> done = co_await change_and_check(ctx, frame.room_id, std::move(action));
    if (!done) co_return;
    from_server::room_join_response response{.room_id = frame.room_id.view(),
                                             .room_info = info_of(done->room->head),
                                             .already_member = !done->changed,
                                             .timestamp = ctx.home.time.wall_ms()};
    for (const auto& [user, role] : done->room->members) response.members.push_back(user.view());
    ctx.reply(std::move(response));
}

} // namespace wsd
