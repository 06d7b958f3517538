#include "server/session/shard_events.hpp"

#include "server/services/delivery.hpp"
#include "server/services/log_requests.hpp"
#include "server/services/presence_delivery.hpp"
#include "server/services/replay.hpp"
#include "server/services/room_delivery.hpp"
#include "server/session/deadlines.hpp"
#include "server/session/rate_gate.hpp"

#include <utility>

namespace wsd {
namespace {

constexpr std::size_t rate_records_per_tick = 64; // looked at whether they are to be forgotten

} // namespace

void read_answered(shard& home, read_reply&& reply) {
    const ticket_use use = use_of(reply.ticket);
    if (use == ticket_use::request) {
        const store_ticket ticket = reply.ticket;
        return request_answered(home, ticket, std::move(reply));
    }
    connection* c = home.connections.find(reply.ticket.connection);
    if (c == nullptr) return;
    if (use == ticket_use::series_page) return series_page_read(home, *c, std::move(reply));
    if (use == ticket_use::live_page) live_page_read(home, *c, std::move(reply));
}

void presence_answered(shard& home, presence_snapshot&& snapshot) {
    const store_ticket ticket = snapshot.ticket;
    if (use_of(ticket) == ticket_use::request) return request_answered(home, ticket, std::move(snapshot));
    if (connection* c = home.connections.find(ticket.connection)) show_presence(home, *c, snapshot);
}

void tick(shard& home) {
    (void)home.wheel.tick(home.time.now(), [&home](connection_id id) {
        if (connection* c = home.connections.find(id)) check_deadlines(home, *c);
    });
    serve_waiting(home);
    home.rates.expire(home.time.now(), rate_records_per_tick);
    home.typing.expire(home.time.now());
    announce_merged_rooms(home);
    if (const auto overdue = home.unconfirmed.take_overdue(home.time.now()))
        home.metrics.count<metric::delivery_ack_timeouts>(overdue);
    home.metrics.set<metric::tail_bytes>(static_cast<std::int64_t>(home.tails.bytes()));
    if (home.shutting_down && home.time.now() >= home.shutdown_deadline) abort_all(home);
}

} // namespace wsd
