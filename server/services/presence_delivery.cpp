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

void tell(shard& home, connection& c, const std::vector<wire_change>& changes) {
    if (!c.hello.live || changes.empty()) return;
    if (c.hello.seq && changes.size() > 1)
        return send(home, c, from_server::presence_batch{.updates = changes, .timestamp = home.time.wall_ms()});
    for (const wire_change& change : changes) send(home, c, from_server::presence_update{.change = change});
}

void tell_everyone(shard& home, const presence_batch& batch) {
    home.connections.for_each([&](connection_id, const user_id& user, connection* c) {
        std::vector<wire_change> changes;
        for (const presence_change& change : batch.changes)
            if (change.user != user) changes.push_back(to_wire(change));
        tell(home, *c, changes);
    });
}

} // namespace

void deliver_presence(shard& home, const presence_batch& batch) {
    if (batch.everyone) return tell_everyone(home, batch);
    for (const auto& receiver : batch.receivers) {
        std::vector<wire_change> changes;
        for (const std::uint32_t index : receiver.changes) changes.push_back(to_wire(batch.changes[index]));
        home.connections.for_each_of(receiver.user, [&](connection_id, connection* c) { tell(home, *c, changes); });
    }
}

} // namespace wsd
