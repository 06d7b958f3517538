#include "server/services/room_delivery.hpp"

#include "common/protocol/server_room_posts.hpp"
#include "server/services/outbound.hpp"
#include "server/services/room_frames.hpp"

namespace wsd {
namespace {

// Encoded once for all of them.
template <class Frame> void tell(shard& home, const room_update& update, const Frame& frame) {
    std::string text;
    encode(text, frame);
    const std::string subject = subject_of(frame);
    for (const user_id& user : update.users) {
        home.connections.for_each_of(user, [&](connection_id, connection* c) {
            if (!c->hello.live) return;
            c->rooms_changed = true;
            send_encoded<Frame>(home, *c, text, subject);
        });
    }
}

void tell_members(shard& home, const room_update& update) { tell(home, update, members_of(*update.room)); }

void tell_author(shard& home, const room_delivery& delivery) {
    const from_server::room_delivery_update frame{.room_id = delivery.room.view(),
                                                  .room_message_id = delivery.message,
                                                  .delivered_count = delivery.counts.delivered,
                                                  .read_count = delivery.counts.read,
                                                  .total_count = delivery.counts.total};
    home.connections.for_each_of(delivery.author, [&](connection_id, connection* c) {
        if (c->hello.live) send(home, *c, frame);
    });
}

} // namespace

void announce_room(shard& home, room_update&& update) {
    if (update.patch) return tell(home, update, update_of(*update.room, *update.patch));
    if (update.at_once || home.room_news.offer(update, home.time.now())) tell_members(home, update);
}

void announce_merged_rooms(shard& home) {
    home.room_news.take_due(home.time.now(), [&home](const room_update& update) { tell_members(home, update); });
    home.receipt_news.take_due(home.time.now(),
                               [&home](const room_delivery& delivery) { tell_author(home, delivery); });
}

void take_position(shard& home, const room_position& position) {
    home.tails.move_position(position);
    home.unconfirmed.confirmed(position);
}

void announce_receipts(shard& home, room_delivery&& delivery) {
    const auto now = home.receipt_news.offer(std::move(delivery), home.time.now());
    if (now) tell_author(home, *now);
}

} // namespace wsd
