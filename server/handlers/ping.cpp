#include "server/handlers/handlers.hpp"

#include "common/base/planted_fault.hpp"
#include "common/protocol/server_session.hpp"

namespace wsd {

task<> handle(request_context& ctx, from_client::ping) {
#ifdef WSD_PLANTED
    static thread_local unsigned pings = 0;
    if (is_planted("pong_lost") && ++pings % 20 == 0) co_return;
#endif
    ctx.reply(from_server::pong{.timestamp = ctx.home.time.wall_ms()});
    co_return;
}

} // namespace wsd
