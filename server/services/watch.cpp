#include "server/services/watch.hpp"

#include <algorithm>

namespace wsd {
namespace {

// The wall clock may step: looked at twice a second when a token's end is near, else once a minute.
milliseconds next_look_at_expiry(const shard& home, const connection& c) {
    constexpr std::int64_t near_ms = 120'000;
    const bool near_end = *c.who.expires_at_ms - home.time.wall_ms() < near_ms;
    return near_end ? milliseconds(500) : milliseconds(60'000);
}

} // namespace

void hear(connection& c) {
    const steady_time last = c.socket().last_received();
    if (last > c.timing.heard) c.alive.received(last);
    c.timing.heard = last;
}

void watch_again(shard& home, connection& c) {
    hear(c);
    const steady_time now = home.time.now();
    steady_time due = c.alive.next_check(home.heartbeat, c.outbound.progress);
    if (c.state == lifecycle::closing) due = std::min(due, c.timing.closing_by);
    if (!c.hello.live) due = std::min(due, c.timing.hello_by);
    if (c.state == lifecycle::open) due = std::min(due, c.outbound.progress.stalled_at(home.pressure.stall));
    // A message may begin without anybody's noticing: seen in time to watch for its end.
    if (c.state == lifecycle::open) due = std::min(due, now + message_patience);
    if (const auto began = c.socket().message_began(); began && c.timing.reading)
        due = std::min(due, std::max(*began, c.timing.reading_since) + message_patience);
    if (c.who.expires_at_ms && c.state == lifecycle::open) due = std::min(due, now + next_look_at_expiry(home, c));
    due = std::max(due, now);
    if (c.timing.next_check > now && c.timing.next_check <= due) return; // armed early enough
    c.timing.next_check = due;
    (void)home.wheel.schedule(c.id, due);
}

} // namespace wsd
