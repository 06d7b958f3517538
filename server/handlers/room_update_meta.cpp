#include "server/handlers/handlers.hpp"

#include "server/handlers/rooms.hpp"

namespace wsd {

task<> handle(request_context& ctx, from_client::room_update_meta frame) {
    room_patch patch{.name = std::move(frame.patch.name)};
    if (frame.patch.thumbnail_url) patch.thumbnail_url = frame.patch.thumbnail_url->value_or("");
    if (frame.patch.join_policy) patch.policy = read_policy(*frame.patch.join_policy);
    room_action::any action = room_action::update{std::move(patch)};
    const std::optional<room_changed> done =
        co_await change_and_check(ctx, std::move(frame.room_id), std::move(action));
    if (done) ctx.reply(update_of(done->room->head, done->patch));
}

} // namespace wsd
