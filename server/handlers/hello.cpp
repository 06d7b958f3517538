#include "server/handlers/handlers.hpp"

#include "common/base/planted_fault.hpp"
#include "common/protocol/server_session.hpp"
#include "server/services/log_requests.hpp"
#include "server/services/presence_delivery.hpp"
#include "server/services/replay.hpp"
#include "server/services/token_expiry.hpp"

#include <algorithm>
#include <cstring>

namespace wsd {
namespace {

constexpr std::int64_t protocol_major = 1;

void negotiate(negotiated& hello, const from_client::hello& frame) {
    const auto offers = [&frame](std::string_view cap) {
        return std::find(frame.caps.begin(), frame.caps.end(), cap) != frame.caps.end();
    };
    hello.seq = offers("seq");
    hello.cumack = offers("cumack");
    hello.noecho = offers("noecho");
    hello.device = frame.device_id;
}

void acknowledge(request_context& ctx, const opened_user& user) {
    const settings& options = ctx.home.options;
    const negotiated& hello = ctx.caller.hello;
    const std::string connection = connection_text(ctx.caller.id);
    from_server::hello_ack ack{
        .protocol_version = options.protocol_version,
        .connection_id = connection,
        .session_id = ctx.caller.who.session.view(),
        .epoch = ctx.home.services.identity.epoch,
        .head = user.head,
        .floor = user.floor,
        .heartbeat_ms = options.heartbeat_interval.count(),
        .limits = {.max_payload_bytes = options.max_payload_size,
                   .max_content_length = options.max_content_length,
                   .rate_messages = options.rate_limit_messages,
                   .rate_window_ms = static_cast<std::uint64_t>(options.rate_limit_window_ms.count())},
        .server_time = ctx.home.time.wall_ms()};
    if (hello.seq) ack.caps.push_back("seq");
    if (hello.cumack) ack.caps.push_back("cumack");
    if (hello.noecho) ack.caps.push_back("noecho");
#ifdef WSD_PLANTED
    constexpr std::size_t megabyte = 1 << 20;
    if (is_planted("memory_leaked")) std::memset(::operator new(megabyte), 1, megabyte);
#endif
    ctx.reply(std::move(ack));
}

} // namespace

task<> handle(request_context& ctx, from_client::hello frame) {
    connection& caller = ctx.caller;
    if (caller.hello.live) co_return ctx.refuse(error_code::hello_already_sent);
    if (frame.version != protocol_major) {
        ctx.reply(from_server::error{.error_part = make_error(error_code::unsupported_protocol_version, ctx.echo()),
                                     .names_supported_versions = true});
        begin_close(ctx.home, caller, close_cause::unsupported_protocol_version);
        co_return;
    }

    attach_user(ctx.home, caller);
    const bool asks_pending = frame.pending.has_value() && frame.resume.has_value();
    log_operation opening =
        open_user{.user = ctx.user(), .device = frame.device_id, .max_devices = ctx.home.options.max_devices_per_user};
    if (asks_pending) std::get<open_user>(opening).pending = std::move(*frame.pending);
    log_outcome outcome = co_await ask_store(ctx.home, caller, std::move(opening));
    if (const errc* failure = std::get_if<errc>(&outcome)) co_return ctx.refuse(*failure);
    auto& user = std::get<opened_user>(outcome);
    negotiate(caller.hello, frame); // at once: another connection of the device may move the position from here on
    caller.hello.device_position = user.device_position;
    const presence_snapshot present = co_await ask_presence(ctx.home, caller);
    if (caller.state != lifecycle::open) co_return;

    caller.cursor.start = user.head;
    caller.cursor.position = user.head;
    acknowledge(ctx, user);
    show_presence(ctx.home, caller, present);
    caller.hello.live = true;
    announce_expiry(ctx.home, caller);
    caller.output_grew(); // entries above start that came meanwhile

    if (!frame.resume) co_return;
    replay_start start{.correlation = ctx.client_correlation, .echo = ctx.echoed()};
    if (asks_pending) start.pending = std::move(user.pending);
    resume_request request{.user = ctx.user(),
                           .start = caller.cursor.start,
                           .epoch = std::move(frame.resume->epoch),
                           .seq = frame.resume->seq,
                           .max_entries = ctx.home.options.replay_max_entries};
    co_await start_replay(ctx.home, caller, std::move(request), std::move(start));
}

} // namespace wsd
