#include "server/handlers/handlers.hpp"

#include "server/services/typing.hpp"

#include <utility>

namespace wsd {

// No reply. A room wins over a user; there are no rooms yet, so nobody is in one.
task<> handle(request_context& ctx, from_client::typing_start frame) {
    if (!frame.room_id.empty() || frame.target_user_id.empty()) co_return;
    typing_notice notice{
        .author = ctx.user(), .target = std::move(frame.target_user_id), .action = typing_action::start};
    relay_typing(ctx.home, std::move(notice));
}

} // namespace wsd
