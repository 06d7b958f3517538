#include "server/services/outbound.hpp"

#include "server/services/delivery.hpp"
#include "server/services/replay.hpp"
#include "server/services/watch.hpp"

namespace wsd {
namespace {

void flush_connection(shard& home, connection& c);

// Runs only while the operating system takes no more octets of this connection.
task<> write_loop(shard& home, connection_id id) {
    for (;;) {
        connection* c = home.connections.find(id);
        if (c == nullptr) co_return;
        co_await c->socket().writable();
        c = home.connections.find(id);
        if (c == nullptr) co_return;
        c->outbound.blocked = false;
        flush_connection(home, *c);
        if (!c->outbound.blocked) co_return;
    }
}

void output_is_empty(shard& home, connection& c) {
    c.outbound.unsent_replies = 0;
    c.outbound.stalled = false;
    replay_taken(home, c);
    if (c.state == lifecycle::closing) c.timing.closing_by = home.time.now() + close_patience;
    if (c.output_drained.waiting()) c.output_drained.fulfil(true);
}

void flush_connection(shard& home, connection& c) {
    fill_output(home, c);
    const std::uint64_t taken_before = c.socket().octets_sent();
    const flush_status status = c.socket().flush();
    const std::uint64_t taken = c.socket().octets_sent() - taken_before;
    home.metrics.count<metric::sent_bytes>(taken);
    if (status == flush_status::broken) {
        abort_connection(c, "TRANSPORT");
    } else if (status == flush_status::blocked) {
        if (taken > 0 || !c.outbound.stalled) c.outbound.progressed = home.time.now();
        c.outbound.blocked = c.outbound.stalled = true;
    } else {
        output_is_empty(home, c);
        if (wants_output(home, c)) c.output_grew();
    }
}

} // namespace

void begin_close(shard& home, connection& c, close_cause cause) {
    if (c.state != lifecycle::open) return;
    const close_cause_info& info = describe(cause);
    c.state = lifecycle::closing;
    if (c.end.reason.empty()) c.end.reason = info.reason;
    c.socket().close(info.code, info.reason);
    home.connections.mark_closing(c.id);
    c.timing.closing_by = home.time.now() + close_patience;
    watch_again(home, c);
}

void abort_connection(connection& c, std::string_view kind) {
    if (c.end.reason.empty()) c.end.reason = kind;
    c.state = lifecycle::closing;
    c.socket().abort();
    if (c.output_drained.waiting()) c.output_drained.fulfil(false);
}

bool flush_dirty(shard& home) {
    home.dirty.for_each_taken([&home](connection_id id) {
        connection* c = home.connections.find(id);
        if (c == nullptr) return;
        c->outbound.dirty = false;
        if (c->outbound.blocked) return;
        flush_connection(home, *c);
        if (c->outbound.blocked) home.tasks.spawn(write_loop(home, id));
    });
    return home.dirty.empty();
}

task<> replies_taken(connection& c) { (void)co_await c.output_drained.wait(); }

} // namespace wsd
