#include "server/handlers/handlers.hpp"

#include "server/services/replay.hpp"

#include <utility>

namespace wsd {

task<> handle(request_context& ctx, from_client::message_replay frame) {
    connection& caller = ctx.caller;
    if (caller.series) co_return ctx.refuse(error_code::resync_in_progress);
    resume_request request{.user = ctx.user(),
                           .start = caller.cursor.start,
                           .device_position = caller.hello.device_position,
                           .limit = frame.limit,
                           .max_entries = ctx.home.options.replay_max_entries};
    if (!frame.last_message_id.empty()) request.last_seen = frame.last_message_id;
    replay_start start{.correlation = ctx.client_correlation,
                       .echo = ctx.echoed(),
                       .message_replay = true,
                       .requested_after = std::move(frame.last_message_id)};
    co_await start_replay(ctx.home, caller, std::move(request), std::move(start));
}

} // namespace wsd
