#include "server/handlers/handlers.hpp"

#include "server/services/typing.hpp"

#include <utility>

namespace wsd {

// No reply. A room wins over a user.
task<> handle(request_context& ctx, from_client::typing_start frame) {
    if (!frame.room_id.empty()) {
        room_typing notice{
            .author = ctx.user(), .room = std::move(frame.room_id), .action = typing_action::start, .users = {}};
        relay_typing(ctx.home, std::move(notice));
    } else if (!frame.target_user_id.empty()) {
        typing_notice notice{
            .author = ctx.user(), .target = std::move(frame.target_user_id), .action = typing_action::start};
        relay_typing(ctx.home, std::move(notice));
    }
    co_return;
}

} // namespace wsd
