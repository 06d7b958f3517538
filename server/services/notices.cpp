#include "server/services/notices.hpp"

#include "common/protocol/server_receipts.hpp"
#include "server/runtime/router.hpp"
#include "server/services/outbound.hpp"

namespace wsd {
namespace {

void announce_to(shard& home, connection& c, const state_change& change) {
    const timestamp now = home.time.wall_ms();
    const bool delivered = change.state == message_state::delivered;
    if (!c.hello.seq && delivered)
        send(home, c, from_server::delivered_notice{.message_id = change.id, .timestamp = now});
    send(home, c,
         from_server::message_state_update{
             .message_id = change.id, .state = state_text(change.state), .timestamp = now});
    if (c.hello.seq) return;
    if (delivered) {
        send(home, c,
             from_server::delivery_status{
                 .message_id = change.id, .recipient_id = change.recipient.view(), .status = "DELIVERED", .ts = now});
    } else {
        send(home, c, from_server::message_read{.message_id = change.id, .timestamp = now});
    }
}

} // namespace

std::string_view state_text(message_state state) noexcept {
    switch (state) {
    case message_state::sent:
        return "sent";
    case message_state::delivered:
        return "delivered";
    case message_state::read:
        return "read";
    }
    return "sent";
}

std::string_view durability_text(durability level) noexcept {
    switch (level) {
    case durability::fsync:
        return "fsync";
    case durability::os:
        return "os";
    case durability::memory:
        return "memory";
    }
    return "memory";
}

void announce_state(shard& home, const state_change& change) {
    home.states.note(change.id, change.state);
    (void)home.tails.update_state(change.author, change.id, change.state);
    (void)home.tails.update_state(change.recipient, change.id, change.state);
    home.unconfirmed.confirmed(change.recipient, change.recipient_seq);
    home.connections.for_each_of(change.author, [&](connection_id, connection* c) {
        if (c->hello.live) announce_to(home, *c, change);
    });
}

bool in_audience(const shard& home, bool contacts) {
    switch (home.options.presence_audience) {
    case choice::presence_audience::contacts:
        return contacts;
    case choice::presence_audience::all:
        return true;
    case choice::presence_audience::none:
        return false;
    }
    return false;
}

void announce_offline(shard& home, const recipient_offline& offline) {
    if (!in_audience(home, offline.contacts)) return;
    home.connections.for_each_of(offline.sender, [&](connection_id, connection* c) {
        if (!c->hello.live) return;
        send(home, *c,
             from_server::delivery_status{.message_id = offline.id,
                                          .recipient_id = offline.recipient.view(),
                                          .status = "RECIPIENT_OFFLINE",
                                          .ts = home.time.wall_ms()});
    });
}

void route_offline(shard& home, recipient_offline&& offline) {
    const std::uint16_t target = home.services.shards.home_of(offline.sender);
    if (target == home.index) return announce_offline(home, offline);
    store_batch notice;
    notice.offline.push_back(std::move(offline));
    home.services.shards.post(target, std::move(notice));
}

} // namespace wsd
