#include "server/services/token_expiry.hpp"

#include "common/protocol/server_session.hpp"
#include "server/services/outbound.hpp"
#include "server/services/watch.hpp"

namespace wsd {

void announce_expiry(shard& home, connection& c) {
    if (!c.who.expires_at_ms) return;
    watch_again(home, c);
    const timestamp now = home.time.wall_ms();
    const bool near_end = *c.who.expires_at_ms - now <= expiry_notice.count();
    if (!c.hello.live || c.expiry_announced || !near_end) return;
    c.expiry_announced = true;
    send(home, c, from_server::auth_expiring{.expires_at = *c.who.expires_at_ms, .timestamp = now});
}

bool is_expired(const shard& home, const connection& c) {
    if (!c.who.expires_at_ms) return false;
    return home.time.wall_ms() >= *c.who.expires_at_ms + milliseconds(home.options.jwt_leeway_s).count();
}

} // namespace wsd
