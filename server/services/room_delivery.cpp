#include "server/services/room_delivery.hpp"

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
            if (c->hello.live) send_encoded<Frame>(home, *c, text, subject);
        });
    }
}

void tell_members(shard& home, const room_update& update) { tell(home, update, members_of(*update.room)); }

} // namespace

void announce_room(shard& home, room_update&& update) {
    if (update.patch) return tell(home, update, update_of(*update.room, *update.patch));
    if (update.at_once || home.room_news.offer(update, home.time.now())) tell_members(home, update);
}

void announce_merged_rooms(shard& home) {
    home.room_news.take_due(home.time.now(), [&home](const room_update& update) { tell_members(home, update); });
}

} // namespace wsd
