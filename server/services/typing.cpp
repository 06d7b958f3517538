#include "server/services/typing.hpp"

#include "common/protocol/server_presence.hpp"
#include "server/services/outbound.hpp"

#include <string>
#include <utility>

namespace wsd {
namespace {

template <class Frame> void tell_target(shard& home, const typing_notice& notice) {
    const Frame frame{
        .user_id = notice.author.view(), .target_user_id = notice.target.view(), .timestamp = home.time.wall_ms()};
    home.connections.for_each_of(notice.target, [&](connection_id, connection* c) {
        if (c->hello.live) send(home, *c, frame);
    });
}

// Encoded once for all of them.
template <class Frame> void tell_members(shard& home, const room_typing& notice) {
    std::string text;
    encode(text,
           Frame{.user_id = notice.author.view(), .room_id = notice.room.view(), .timestamp = home.time.wall_ms()});
    for (const user_id& user : notice.users) {
        home.connections.for_each_of(user, [&](connection_id, connection* c) {
            if (c->hello.live) send_encoded<Frame>(home, *c, text);
        });
    }
}

} // namespace

void relay_typing(shard& home, typing_notice&& notice) {
    if (notice.author == notice.target) return;
    if (!home.typing.allow(notice.author, notice.target, home.time.now()))
        return home.metrics.count<metric::typing_dropped>();
    const std::uint16_t where = home.services.shards.home_of(notice.target);
    if (where == home.index) return announce_typing(home, notice);
    if (!home.services.shards.try_post(where, std::move(notice))) home.metrics.count<metric::typing_dropped>();
}

void announce_typing(shard& home, const typing_notice& notice) {
    if (notice.action == typing_action::start) return tell_target<from_server::typing_start>(home, notice);
    tell_target<from_server::typing_stop>(home, notice);
}

void relay_typing(shard& home, room_typing&& notice) {
    const bool passed = home.typing.allow(notice.author, notice.room, home.time.now()) &&
                        home.services.presence.pass_on(std::move(notice));
    if (!passed) home.metrics.count<metric::typing_dropped>();
}

void announce_typing(shard& home, const room_typing& notice) {
    if (notice.action == typing_action::start) return tell_members<from_server::typing_start>(home, notice);
    tell_members<from_server::typing_stop>(home, notice);
}

} // namespace wsd
