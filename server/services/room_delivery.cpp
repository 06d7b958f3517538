#include "server/services/room_delivery.hpp"

#include "common/protocol/server_room_posts.hpp"
#include "server/services/outbound.hpp"
#include "server/services/room_frames.hpp"

namespace wsd {
namespace {

// Encoded once for all of them.
template <class Frame> void tell_all(shard& home, const room_update& update, const Frame& frame) {
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

// Takes back what is held back for the connection of patches of this room: all their values, as they are now.
room_patch take_held_patch(connection& c, const room_head& room) {
    room_patch taken;
    for (unsigned values = 1; values < 8; ++values) {
        room_patch earlier;
        if ((values & 1) != 0) earlier.name = room.name;
        if ((values & 2) != 0) earlier.thumbnail_url = room.thumbnail_url;
        if ((values & 4) != 0) earlier.policy = room.policy;
        if (!c.outbound.held->forget(subject_of(update_of(room, earlier)))) continue;
        if (earlier.name) taken.name = std::move(earlier.name);
        if (earlier.thumbnail_url) taken.thumbnail_url = std::move(earlier.thumbnail_url);
        if (earlier.policy) taken.policy = earlier.policy;
    }
    return taken;
}

void tell_patch(shard& home, const room_update& update) {
    std::string text;
    const from_server::room_updated frame = update_of(update.room->head, *update.patch);
    encode(text, frame);
    const std::string subject = subject_of(frame);
    for (const user_id& user : update.users) {
        home.connections.for_each_of(user, [&](connection_id, connection* c) {
            if (!c->hello.live) return;
            c->rooms_changed = true;
            if (!c->outbound.held) return send_encoded<from_server::room_updated>(home, *c, text, subject);
            room_patch merged = take_held_patch(*c, update.room->head);
            if (update.patch->name) merged.name = update.patch->name;
            if (update.patch->thumbnail_url) merged.thumbnail_url = update.patch->thumbnail_url;
            if (update.patch->policy) merged.policy = update.patch->policy;
            send(home, *c, update_of(update.room->head, merged));
        });
    }
}

void tell_news(shard& home, const room_update& update) {
    if (update.patch) return tell_patch(home, update);
    tell_all(home, update, members_of(*update.room));
}

// What waits about the room is not for those who are no longer in it.
void forget_departed(shard& home, const room_update& departure) {
    if (departure.ended) {
        home.room_news.drop(departure.gone);
    } else {
        home.room_news.drop(departure.gone, departure.users);
    }
    const room_head room{.id = departure.gone};
    const std::string members = subject_of(from_server::room_members_updated{.room_id = room.id.view()});
    for (const user_id& user : departure.users) {
        home.connections.for_each_of(user, [&](connection_id, connection* c) {
            if (!c->outbound.held) return;
            (void)c->outbound.held->forget(members);
            (void)take_held_patch(*c, room);
        });
    }
}

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
    if (!update.gone.empty()) return forget_departed(home, update);
    if (update.at_once || home.room_news.offer(update, home.time.now())) tell_news(home, update);
}

void announce_merged_rooms(shard& home) {
    home.room_news.take_due(home.time.now(), [&home](const room_update& update) { tell_news(home, update); });
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
