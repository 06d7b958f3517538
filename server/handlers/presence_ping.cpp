#include "server/handlers/handlers.hpp"

#include "common/protocol/server_presence.hpp"

namespace wsd {

// An echo: presence is changed by connections only.
task<> handle(request_context& ctx, from_client::presence_ping frame) {
    ctx.reply(from_server::presence_pong{
        .user_id = ctx.user().view(), .status = frame.status, .timestamp = ctx.home.time.wall_ms()});
    co_return;
}

} // namespace wsd
