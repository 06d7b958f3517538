#include "server/services/watch.hpp"

#include <algorithm>

namespace wsd {

void watch_again(shard& home, connection& c) {
    const settings& options = home.options;
    steady_time due = c.timing.next_ping;
    if (c.state == lifecycle::closing) due = std::min(due, c.timing.closing_by);
    if (!c.hello.live) due = std::min(due, c.timing.hello_by);
    if (c.timing.reading) {
        const steady_time heard = std::max(c.socket().last_received(), c.timing.reading_since);
        due = std::min(due, heard + options.heartbeat_timeout);
    }
    if (c.outbound.stalled) due = std::min(due, c.outbound.progressed + options.heartbeat_timeout);
    if (const auto began = c.socket().message_began(); began && c.timing.reading)
        due = std::min(due, std::max(*began, c.timing.reading_since) + message_patience);
    if (c.who.expires_at_ms && c.state == lifecycle::open) {
        // The wall clock may step: looked at twice a second when the end is near, else well before it.
        const std::int64_t left_ms = *c.who.expires_at_ms - home.time.wall_ms();
        const auto next_look = left_ms > 120'000 ? milliseconds(60'000) : milliseconds(500);
        due = std::min(due, home.time.now() + next_look);
    }
    if (c.timing.next_check <= due && c.timing.next_check > home.time.now()) return; // armed early enough
    c.timing.next_check = due;
    (void)home.wheel.schedule(c.id, due);
}

} // namespace wsd
