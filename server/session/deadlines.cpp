#include "server/session/deadlines.hpp"

#include "common/base/planted_fault.hpp"
#include "common/protocol/server_session.hpp"
#include "server/services/outbound.hpp"
#include "server/services/token_expiry.hpp"
#include "server/services/watch.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

namespace wsd {
namespace {

void refuse_late_hello(shard& home, connection& c) {
    send(home, c, from_server::error{.error_part = make_error(error_code::hello_required)});
    begin_close(home, c, close_cause::hello_timeout);
}

void ping(connection& c) {
    if (c.state != lifecycle::open) return;
    c.socket().ping();
    c.output_grew();
}

void check_open(shard& home, connection& c, steady_time now) {
    const bool hello_came = c.hello.live || c.request_in_progress; // the log may take its time to answer
    if (!hello_came && now >= c.timing.hello_by) return refuse_late_hello(home, c);
    bool stalls = c.outbound.pressure.is_slow_consumer(home.pressure, c.outbound.progress, now);
#ifdef WSD_PLANTED
    if (is_planted("stall_never_closed")) stalls = false;
#endif
    if (stalls) return begin_close(home, c, close_cause::slow_consumer);
    const auto began = c.socket().message_began();
    if (began && c.timing.reading && now - std::max(*began, c.timing.reading_since) >= message_patience)
        return begin_close(home, c, close_cause::message_timeout);
    if (is_expired(home, c)) return begin_close(home, c, close_cause::token_expired);
    announce_expiry(home, c);
}

} // namespace

void check_deadlines(shard& home, connection& c) {
    const steady_time now = home.time.now();
    if (now < c.timing.next_check) return; // an entry that has been overtaken
    c.timing.next_check = {};
    if (c.state == lifecycle::aborted) return;
    if (c.state == lifecycle::closing && now >= c.timing.closing_by)
        return abort_connection(home, c, c.socket().unsent() > 0 ? "FLUSH_TIMEOUT" : "CLOSE_TIMEOUT");
    hear(c);
    const liveness::action action = c.alive.check(home.heartbeat, c.outbound.progress, now);
    if (action == liveness::action::dead) return abort_connection(home, c, "HEARTBEAT");
    if (action == liveness::action::ping) ping(c);
    if (c.state == lifecycle::open) check_open(home, c, now);
    watch_again(home, c);
}

void notice_clock_step(shard& home, milliseconds& wall_lead) {
    constexpr milliseconds step_min{500};
    const auto steady = std::chrono::duration_cast<milliseconds>(home.time.now().time_since_epoch());
    const milliseconds lead = milliseconds(home.time.wall_ms()) - steady;
    const bool stepped = std::chrono::abs(lead - std::exchange(wall_lead, lead)) >= step_min;
    if (!stepped) return;
    home.connections.for_each([&home](connection_id, const user_id&, connection* c) {
        if (!c->who.expires_at_ms) return;
        c->timing.next_check = home.time.now();
        check_deadlines(home, *c);
    });
}

void begin_shutdown_of(shard& home, const begin_shutdown& order) {
    home.shutting_down = true;
    home.shutdown_deadline = order.deadline;
    const auto count = static_cast<std::int64_t>(std::max(order.connections, home.connections.count()));
    std::uniform_int_distribution<std::int64_t> spread(1000, 1000 + std::max<std::int64_t>(4000, count));
    home.connections.for_each([&](connection_id, const user_id&, connection* c) {
        send(home, *c,
             from_server::server_shutdown{.message = "The server is shutting down.",
                                          .grace_period_ms = home.options.shutdown_timeout.count(),
                                          .reconnect_after_ms = spread(home.random),
                                          .timestamp = home.time.wall_ms()});
        if (c->request_in_progress || !c->sends.empty()) {
            c->close_after_request = true;
            end_wait_for_token(home, *c);
        } else {
            begin_close(home, *c, close_cause::server_shutdown);
        }
    });
}

void abort_all(shard& home) {
    home.connections.for_each(
        [&home](connection_id, const user_id&, connection* c) { abort_connection(home, *c, "DRAIN_TIMEOUT"); });
}

} // namespace wsd
