#include "server/services/presence_delivery.hpp"

#include "common/protocol/server_presence.hpp"
#include "server/services/outbound.hpp"

#include <span>
#include <vector>

namespace wsd {
namespace {

using wire_change = from_server::presence_change;

wire_change to_wire(const presence_change& change) {
    return {.user_id = change.user.view(),
            .status = change.online ? "online" : "offline",
            .previous_status = change.online ? "offline" : "online",
            .last_seen = change.at,
            .timestamp = change.at};
}

void tell(shard& home, connection& c, const std::vector<const presence_change*>& news) {
    if (!c.hello.live) return;
    std::vector<wire_change> changes;
    for (const presence_change* change : news)
        if (change->is_news_after(c.presence_version)) changes.push_back(to_wire(*change));
    if (c.hello.seq && changes.size() > 1)
        return send(home, c, from_server::presence_batch{.updates = changes, .timestamp = home.time.wall_ms()});
    for (const wire_change& change : changes) send(home, c, from_server::presence_update{.change = change});
}

void tell_everyone(shard& home, const presence_batch& batch) {
    home.connections.for_each([&](connection_id, const user_id& user, connection* c) {
        std::vector<const presence_change*> news;
        for (const presence_change& change : batch.changes)
            if (change.user != user) news.push_back(&change);
        tell(home, *c, news);
    });
}

} // namespace

void deliver_presence(shard& home, const presence_batch& batch) {
    if (batch.everyone) return tell_everyone(home, batch);
    for (const auto& receiver : batch.receivers) {
        std::vector<const presence_change*> news;
        news.reserve(receiver.changes.size());
        for (const std::uint32_t index : receiver.changes) news.push_back(&batch.changes[index]);
        home.connections.for_each_of(receiver.user, [&](connection_id, connection* c) { tell(home, *c, news); });
    }
}

void show_presence(shard& home, connection& c, const presence_snapshot& snapshot) {
    from_server::presence_snapshot frame{.timestamp = home.time.wall_ms(), .truncated = snapshot.truncated};
    for (const presence_row& row : snapshot.online)
        frame.users.emplace_back(row.user.view(), from_server::present_user{.last_seen = row.last_seen});
    c.presence_version = snapshot.version;
    send(home, c, frame);
}

void refresh_presence(shard& home, connection& c) {
    const store_ticket ticket{.connection = c.id, .request = ticket_number(ticket_use::presence_refresh, 0)};
    (void)home.services.presence.ask({.ticket = ticket, .user = c.who.user});
}

} // namespace wsd
