#include "server/handlers/handlers.hpp"

#include "common/protocol/server_session.hpp"

namespace wsd {

task<> handle(request_context& ctx, from_client::ping) {
    ctx.reply(from_server::pong{.timestamp = ctx.home.time.wall_ms()});
    co_return;
}

} // namespace wsd
