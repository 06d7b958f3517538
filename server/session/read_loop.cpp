#include "server/session/read_loop.hpp"

#include "server/services/log_requests.hpp"
#include "server/services/outbound.hpp"
#include "server/services/watch.hpp"
#include "server/session/rate_gate.hpp"
#include "server/session/safety_gate.hpp"

#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace wsd {
namespace {

task<> serve(shard& home, connection& c, const inbound& message) {
    request_context ctx{.home = home,
                        .caller = c,
                        .correlation = home.correlations.next(),
                        .received = home.time.now(),
                        .arrived_early = std::exchange(c.next_frame_waiting, false)};
    std::string fault;
    try {
        judged_frame frame = pass_gate(ctx, message);
        const bool in_line = frame.waits || ctx.arrived_early; // behind frames that were delayed
        if (frame.waits && !co_await wait_for_token(ctx)) co_return;
        if ((!frame.ordered || frame.warning) && !c.sends.empty()) co_await sends_settled(c);
        if (c.state != lifecycle::open) co_return;
        if (frame.warning) warn(ctx, *frame.warning);
        co_await std::move(frame.handler);
        if (in_line) c.next_frame_waiting = c.socket().message_waiting();
        co_return;
    } catch (const std::exception& e) {
        fault = e.what();
    }
    co_await sends_settled(c);
    ctx.fail(fault);
}

task<> output_taken(connection& c) {
    const flush_status status = c.outbound.blocked ? flush_status::blocked : c.socket().flush();
    if (status != flush_status::blocked) co_return;
    c.output_grew();
    (void)co_await c.output_drained.wait();
}

// The stream can't be read any further: tells the peer why, as far as it listens, and waits for it to hang up.
task<> end_of_input(shard& home, connection& c, const inbound& last) {
    const auto cause = cause_of(last.kind);
    if (cause) {
        co_await sends_settled(c);
        begin_close(home, c, *cause);
    }
    if (last.kind == inbound_kind::peer_closed && c.state == lifecycle::open) {
        c.end = {.reason = "PEER_CLOSED", .peer_code = last.close_code, .by_peer = true};
        c.end.left_on_purpose = last.close_code == 1000;
        c.state = lifecycle::closing;
        home.connections.mark_closing(c.id);
        c.timing.closing_by = home.time.now() + close_patience;
        watch_again(home, c);
    }
    if (last.kind == inbound_kind::transport_closed) {
        if (c.end.reason.empty()) c.end = {.reason = "TRANSPORT", .peer_code = 1006, .by_peer = true};
        co_return;
    }
    if (cause) co_return co_await hang_up(c);
    co_await output_taken(c); // both close frames have been exchanged: the server ends TCP (RFC 6455 §7.1.1)
}

} // namespace

std::optional<close_cause> cause_of(inbound_kind kind) {
    switch (kind) {
    case inbound_kind::protocol_error:
        return close_cause::protocol_error;
    case inbound_kind::invalid_utf8:
        return close_cause::invalid_utf8;
    case inbound_kind::too_large:
        return close_cause::payload_too_large;
    case inbound_kind::fragment_limit:
        return close_cause::fragment_limit;
    case inbound_kind::control_flood:
        return close_cause::control_flood;
    default:
        return std::nullopt;
    }
}

task<> hang_up(connection& c) {
    co_await output_taken(c);
    c.socket().shutdown_send();
    co_await c.socket().drain();
}

task<> read_loop(shard& home, connection& c) {
    for (;;) {
        const inbound message = co_await c.socket().read();
#ifdef WSD_PLANTED_FAULTS // tests only: a fault that no reply can express
        if (message.payload == "fault") throw std::runtime_error("planted");
#endif
        if (message.kind != inbound_kind::text && message.kind != inbound_kind::binary)
            co_return co_await end_of_input(home, c, message);
        // What comes after our close frame, or while it waits for the last replies, is discarded.
        if (c.state != lifecycle::open || c.close_after_request) continue;
        home.metrics.count<metric::received_bytes>(message.payload.size());

        hear(c);
        c.alive.pause_reading(home.time.now());
        c.timing.reading = false;
        c.request_in_progress = true;
        co_await serve(home, c, message);
        c.request_in_progress = false;
        if (c.close_after_request && c.sends.empty()) begin_close(home, c, close_cause::server_shutdown);
        if (c.sends.size() >= sends_max) co_await sends_settled(c, sends_max - 1);
        while (c.state == lifecycle::open &&
               !c.outbound.pressure.may_read(home.pressure, c.outbound.unsent.replies() + c.sends.size(),
                                             c.socket().unsent()))
            co_await replies_taken(c);
        c.timing.reading = true;
        c.alive.resume_reading(home.time.now());
        c.timing.reading_since = home.time.now();
    }
}

} // namespace wsd
