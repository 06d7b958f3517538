#include "server/services/outbound.hpp"

#include "common/protocol/server_session.hpp"
#include "server/services/delivery.hpp"
#include "server/services/presence_delivery.hpp"
#include "server/services/replay.hpp"
#include "server/services/watch.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace wsd {
namespace {

namespace net = boost::asio;

// Whether the operating system takes no more. The connection may have ended when this returns.
bool flush_connection(shard& home, connection& c);

// The session goes on when it waits for the output, and may end the connection.
void wake_session(connection& c, bool taken) {
    if (c.output_drained.waiting()) return c.output_drained.fulfil(taken);
    if (c.replies_accepted.waiting()) c.replies_accepted.fulfil(taken);
}

// Runs only while the operating system takes no more octets of this connection.
task<> write_loop(shard& home, connection_id id) {
    for (;;) {
        connection* c = home.connections.find(id);
        if (c == nullptr) co_return;
        co_await c->socket().writable();
        c = home.connections.find(id);
        if (c == nullptr) co_return;
        c->outbound.blocked = false;
        if (!flush_connection(home, *c)) co_return;
    }
}

// Whose session, token or account is no longer good is offline at once: 4001 and 4003.
bool throws_user_out(close_cause cause) {
    const std::uint16_t code = describe(cause).code;
    return code == 4001 || code == 4003;
}

backlog backlog_of(const shard& home, const connection& c) {
    const std::uint64_t head = home.tails.head(c.who.user).value_or(c.cursor.position);
    const std::uint64_t series =
        c.series && c.series->next <= c.series->plan.to ? c.series->plan.to + 1 - c.series->next : 0;
    return {.replies = c.outbound.unsent.replies(),
            .others = c.outbound.unsent.others() + (c.outbound.held ? c.outbound.held->size() : 0),
            .entries = c.hello.live ? head - std::min(head, c.cursor.position) + series : 0,
            .bytes = c.socket().unsent() + (c.outbound.held ? c.outbound.held->bytes() : 0)};
}

void add_pressure(shard& home, connection& to, const backlog& before) {
    const std::uint32_t overflows = to.outbound.pressure.overflows();
    to.outbound.pressure.adding(home.pressure, before);
    if (to.outbound.pressure.overflows() > overflows) home.metrics.count<metric::backpressure_overflows>();
}

// The connection takes its output again: says once that something was left out.
void ease(shard& home, connection& c) {
    const backpressure::relief relief = c.outbound.pressure.eased(home.pressure, backlog_of(home, c));
    if (relief.state_stale) send(home, c, from_server::state_stale{.timestamp = home.time.wall_ms()});
    if (relief.presence_snapshot && !refresh_presence(home, c)) c.outbound.pressure.presence_dropped();
}

// What was held back goes out, before it is told that something was left out.
void release_held(shard& home, connection& c) {
    const std::unique_ptr<held_frames> held = std::exchange(c.outbound.held, nullptr);
    if (c.state != lifecycle::open) return;
    held->take_all([&](std::string_view text) {
        append_text_frame(c.socket().output(), [text](std::string& out) { out += text; });
        home.metrics.count<metric::frames_sent>(label::frame::state);
        c.outbound.unsent.add_other();
    });
    c.output_grew();
}

// Also a client that never takes all there is, because there always is more, is served and told what waits for it.
void output_shrank(shard& home, connection& c) {
    const std::uint64_t accepted = c.socket().octets_sent();
    c.outbound.unsent.accepted(accepted, accepted + c.socket().unsent());
    if (!c.outbound.held && !c.outbound.pressure.is_strained()) return;
    if (c.outbound.held && backpressure::eases(home.pressure, backlog_of(home, c))) release_held(home, c);
    ease(home, c);
}

void output_is_empty(shard& home, connection& c) {
    c.outbound.unsent.accepted_all();
    c.outbound.progress.emptied();
    if (c.outbound.held) {
        release_held(home, c);
    } else if (c.outbound.pressure.is_strained()) {
        ease(home, c);
    }
    replay_taken(home, c);
}

void lost(shard& home, connection& c) {
    if (c.end.reason.empty()) {
        c.end.reason = "TRANSPORT";
        c.end.peer_code = 1006;
        c.end.by_peer = true;
    }
    abort_connection(home, c, "TRANSPORT");
}

bool flush_connection(shard& home, connection& c) {
    fill_output(home, c);
    const std::uint64_t taken_before = c.socket().octets_sent();
    const std::uint64_t plain_before = c.socket().octets_taken();
    const flush_status status = c.socket().flush();
    const std::uint64_t taken = c.socket().octets_sent() - taken_before;
    home.metrics.count<metric::sent_bytes>(taken);
    if (status == flush_status::broken) {
        lost(home, c);
        return false;
    }
    if (status == flush_status::blocked) {
        replay_taken(home, c);
        c.outbound.blocked = true;
        c.outbound.progress.waiting(home.time.now());
        if (taken > 0) {
            c.outbound.progress.written(home.time.now());
            output_shrank(home, c);
        }
        watch_again(home, c);
        if (taken > 0 && c.replies_accepted.waiting()) c.replies_accepted.fulfil(true);
        return true;
    }
    output_is_empty(home, c);
    // The peer has the close frame now; what it makes us flush after that, like an answer to its ping, is no news.
    if (c.state == lifecycle::closing && c.socket().octets_taken() > plain_before) {
        c.timing.closing_by = home.time.now() + close_patience;
        watch_again(home, c);
    }
    if (wants_output(home, c)) c.output_grew();
    wake_session(c, true);
    return false;
}

} // namespace

// Dropped typing is not made up for: an indicator lapses by itself.
bool is_shed(shard& home, connection& to, shed_kind kind) {
    const backlog before = backlog_of(home, to);
    add_pressure(home, to, before);
    if (!backpressure::sheds(home.pressure, before)) return false;
    home.metrics.count<metric::frames_dropped>(label::dropped::ephemeral);
    if (kind == shed_kind::presence) to.outbound.pressure.presence_dropped();
    return true;
}

// Once something is held back, what follows is too: a newer frame would otherwise go before an older one.
bool holds_back(shard& home, connection& to, std::string_view subject) {
    const backlog before = backlog_of(home, to);
    add_pressure(home, to, before);
    return !subject.empty() && (to.outbound.held || backpressure::sheds(home.pressure, before));
}

void hold_back(shard& home, connection& to, std::string_view subject, std::string_view text) {
    if (!to.outbound.held) to.outbound.held = std::make_unique<held_frames>();
    const std::size_t queued = std::min<std::size_t>(to.outbound.unsent.others(), home.pressure.queue_max);
    const held_frames::limits most{.frames = home.pressure.queue_max - queued, .bytes = home.pressure.buffered_bytes};
    const std::string presence = subject_of(from_server::presence_snapshot{});
    const bool with_presence = subject == presence || to.outbound.held->holds(presence);
    for (std::size_t dropped = to.outbound.held->hold(subject, text, most); dropped > 0; --dropped) {
        home.metrics.count<metric::frames_dropped>(label::dropped::state);
        to.outbound.pressure.state_dropped();
    }
    if (with_presence && !to.outbound.held->holds(presence)) to.outbound.pressure.presence_dropped();
}

void has_to_wait(shard& home, connection& to) { add_pressure(home, to, backlog_of(home, to)); }

void begin_close(shard& home, connection& c, close_cause cause) {
    if (c.state != lifecycle::open) return;
    const close_cause_info& info = describe(cause);
    c.state = lifecycle::closing;
    if (c.end.reason.empty()) c.end.reason = info.reason;
    if (throws_user_out(cause)) {
        c.end.left_on_purpose = true;
        leave_presence(home, c);
    }
    c.socket().close(info.code, info.reason);
    home.connections.mark_closing(c.id);
    c.timing.closing_by = home.time.now() + close_patience;
    // The output is drained for as long as everybody has to leave.
    if (cause == close_cause::server_shutdown)
        c.timing.closing_by = std::max(c.timing.closing_by, home.shutdown_deadline);
    end_wait_for_token(home, c);
    watch_again(home, c);
}

void discard_output(connection& c) {
    c.outbound.held.reset();
    c.cursor.untaken.clear();
    c.socket().discard_unsent();
}

void leave_presence(shard& home, connection& c) {
    if (!std::exchange(c.present, false)) return;
    home.services.presence.tell(connection_ended{.user = c.who.user, .at_once = c.end.left_on_purpose});
}

void abort_connection(shard& home, connection& c, std::string_view kind) {
    if (c.end.reason.empty()) c.end.reason = kind;
    c.state = lifecycle::aborted;
    home.connections.mark_closing(c.id);
    c.socket().abort();
    end_wait_for_token(home, c);
    wake_session(c, false);
}

void end_wait_for_token(shard& home, connection& c) {
    if (!c.turn_to_run.waiting() || !home.rates.cancel(c.who.user, c.id)) return;
    net::post(home.io, [&home, id = c.id] {
        connection* waiting = home.connections.find(id);
        if (waiting != nullptr && waiting->turn_to_run.waiting()) waiting->turn_to_run.fulfil({.connection = id});
    });
}

bool flush_dirty(shard& home) {
    home.dirty.for_each_taken([&home](connection_id id) {
        connection* c = home.connections.find(id);
        if (c == nullptr) return;
        c->outbound.dirty = false;
        if (c->outbound.blocked) return;
        if (flush_connection(home, *c)) home.tasks.spawn(write_loop(home, id));
    });
    return home.dirty.empty();
}

task<> replies_taken(connection& c) { (void)co_await c.replies_accepted.wait(); }

} // namespace wsd
