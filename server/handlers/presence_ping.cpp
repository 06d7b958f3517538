#include "server/handlers/handlers.hpp"

#include "common/protocol/server_presence.hpp"

#include <stdexcept>

namespace wsd {

// An echo: presence is changed by connections only.
task<> handle(request_context& ctx, from_client::presence_ping frame) {
#ifdef WSD_PLANTED_FAULTS // tests only
    if (frame.status == "busy") throw std::runtime_error("planted");
#endif
    ctx.reply(from_server::presence_pong{
        .user_id = ctx.user().view(), .status = frame.status, .timestamp = ctx.home.time.wall_ms()});
    co_return;
}

} // namespace wsd
