#include "server/handlers/handlers.hpp"

#include "server/services/log_requests.hpp"
#include "server/services/replay.hpp"

namespace wsd {
namespace {

// The log is asked which of the client's unacknowledged sends it has. Opening the user once more changes nothing.
task<log_outcome> look_up_pending(request_context& ctx, std::vector<std::string> pending) {
    log_operation opening = open_user{.user = ctx.user(), .pending = std::move(pending)};
    co_return co_await ask_store(ctx.home, ctx.caller, std::move(opening));
}

} // namespace

task<> handle(request_context& ctx, from_client::resume frame) {
    connection& caller = ctx.caller;
    if (caller.series) co_return ctx.refuse(error_code::resync_in_progress);

    replay_start start{.correlation = ctx.client_correlation, .echo = ctx.echoed()};
    if (frame.pending) {
        log_outcome outcome = co_await look_up_pending(ctx, std::move(*frame.pending));
        if (const errc* failure = std::get_if<errc>(&outcome)) co_return ctx.refuse(*failure);
        start.pending = std::move(std::get<opened_user>(outcome).pending);
    }
    resume_request request{.user = ctx.user(),
                           .start = caller.cursor.start,
                           .epoch = std::move(frame.epoch),
                           .seq = frame.seq,
                           .device_position = caller.hello.device_position,
                           .limit = frame.limit,
                           .max_entries = ctx.home.options.replay_max_entries};
    if (!frame.last_seen_message_id.empty()) request.last_seen = std::move(frame.last_seen_message_id);
    co_await start_replay(ctx.home, caller, std::move(request), std::move(start));
}

} // namespace wsd
