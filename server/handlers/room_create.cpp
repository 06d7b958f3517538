#include "server/handlers/handlers.hpp"

#include "server/handlers/rooms.hpp"

namespace wsd {

task<> handle(request_context& ctx, from_client::room_create frame) {
    if (frame.room_id.empty()) ctx.home.correlations.next().append_to(frame.room_id.value);
    room_action::any action = room_action::create{.name = std::move(frame.name),
                                                  .thumbnail_url = std::move(frame.thumbnail_url),
                                                  .policy = read_policy(frame.join_policy),
                                                  .members = std::move(frame.member_ids)};
    const std::optional<room_changed> done =
        co_await change_and_check(ctx, std::move(frame.room_id), std::move(action), error_code::create_failed);
    if (done) ctx.reply(from_server::room_created{.room = snapshot_of(*done->room)});
}

} // namespace wsd
