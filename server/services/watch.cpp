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

// A deadline that has passed without an end, such as a stall of who is no slow consumer yet, is looked at again.
constexpr milliseconds overdue_interval{250};

// The earliest of some deadlines, none of which is in the past.
class earliest {
  public:
    explicit earliest(steady_time now) : now_(now) {}
    void add(steady_time deadline) noexcept {
        due_ = std::min(due_, deadline > now_ ? deadline : now_ + overdue_interval);
    }
    [[nodiscard]] steady_time due() const noexcept { return due_; }

  private:
    steady_time now_;
    steady_time due_ = steady_time::max();
};

} // namespace

void hear(connection& c) {
    const steady_time last = c.socket().last_received();
    if (last > c.timing.heard) c.alive.received(last);
    c.timing.heard = last;
}

void watch_again(shard& home, connection& c) {
    if (c.state == lifecycle::aborted) return;
    hear(c);
    const steady_time now = home.time.now();
    earliest next(now);
    next.add(c.alive.next_check(home.heartbeat, c.outbound.progress));
    if (c.state == lifecycle::open) {
        if (!c.hello.live) next.add(c.timing.hello_by);
        next.add(c.outbound.progress.stalled_at(home.pressure.stall));
        next.add(now + message_patience); // one may begin without anybody's noticing: seen in time to watch for its end
        if (const auto began = c.socket().message_began(); began && c.timing.reading)
            next.add(std::max(*began, c.timing.reading_since) + message_patience);
        if (c.who.expires_at_ms) next.add(now + next_look_at_expiry(home, c));
    } else {
        next.add(c.timing.closing_by);
    }
    const bool armed = c.timing.next_check != steady_time{}; // perhaps for a time that the wheel has not come to yet
    if (armed && c.timing.next_check <= next.due()) return;
    // A full wheel: tried again with whatever happens next on the connection.
    c.timing.next_check = home.wheel.schedule(c.id, next.due()) ? next.due() : steady_time{};
}

} // namespace wsd
