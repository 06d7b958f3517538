#pragma once

#include "common/base/clock.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

// What a connection has to remember about its own behaviour: small parts of the session, which owns them and lives on
// one shard's thread. They decide; the session acts.
namespace wsd {

// Tells when too much happened within any window. Exact; takes memory only while something happens, for at most `limit`
// events.
class event_window {
  public:
    struct rule {
        std::uint32_t limit = 0; // 0 = any number is fine
        std::chrono::steady_clock::duration window{};
    };
    // One more event. True: it is the limit-th (or a later one) within the window that ends now.
    [[nodiscard]] bool add(const rule& r, steady_time now);

  private:
    std::vector<steady_time> times_; // the newest, a ring once it has `limit` of them
    std::uint32_t oldest_ = 0;
};

// The rule for frames that fail as malformed, of which the violations_max-th closes (0 = never).
[[nodiscard]] constexpr event_window::rule malformed_rule(std::uint32_t violations_max, milliseconds window) noexcept {
    return {.limit = violations_max, .window = window};
}
// More than 100 pings and pongs of the peer within 10 s.
constexpr event_window::rule control_flood_rule{.limit = 101, .window = std::chrono::seconds(10)};

// Since when bytes have been waiting for the operating system without any being taken.
class write_progress {
  public:
    // Bytes are waiting; nothing new when some were waiting already.
    void waiting(steady_time now) noexcept {
        if (!waits_) since_ = now;
        waits_ = true;
    }
    void written(steady_time now) noexcept { since_ = now; } // some were taken
    void emptied() noexcept { waits_ = false; }              // all were taken
    [[nodiscard]] bool stalled_for(steady_time now, milliseconds time) const noexcept {
        return waits_ && now - since_ >= time;
    }
    // When stalled_for() will hold if nothing happens; never: max().
    [[nodiscard]] steady_time stalled_at(milliseconds time) const noexcept {
        return waits_ ? since_ + time : steady_time::max();
    }

  private:
    steady_time since_{};
    bool waits_ = false;
};

struct backpressure_limits {
    std::uint32_t threshold = 100; // frames
    std::uint32_t queue_max = 200; // frames, ≥ threshold
    std::uint32_t overflows_max = 5;
    std::size_t buffered_bytes = 1 << 20;
    milliseconds stall{5000};
};

// What a connection has not been written yet.
struct backlog {
    std::size_t replies = 0; // queued in wsd
    std::size_t others = 0;  // state and ephemeral frames queued in wsd, held ones included
    std::size_t entries = 0; // of the user's log, above the connection's position, and those of a series
    std::size_t bytes = 0;   // queued in wsd
    [[nodiscard]] std::size_t pending() const noexcept { return replies + others + entries; }
};

class backpressure {
  public:
    // Up to how many unsent bytes further entries may be put into the output.
    [[nodiscard]] static std::size_t event_bytes_max(const backpressure_limits& l) noexcept {
        return std::min<std::size_t>(256 * 1024, l.buffered_bytes);
    }
    // Whether the next request may be read: replies are never dropped. Of bytes, what entries may take does not count,
    // so that a client that is always behind is heard, and who takes nothing makes its overflows before.
    [[nodiscard]] bool may_read(const backpressure_limits& l, std::size_t replies, std::size_t bytes) const noexcept {
        const bool much = bytes >= l.buffered_bytes + event_bytes_max(l);
        return replies < l.threshold && !(much && overflows_ >= l.overflows_max);
    }
    // Whether ephemeral frames are dropped and state frames merged.
    [[nodiscard]] static bool sheds(const backpressure_limits& l, const backlog& b) noexcept {
        return b.pending() >= l.threshold;
    }

    // Whether what was held back goes out, and what was dropped is made up for.
    [[nodiscard]] static bool eases(const backpressure_limits& l, const backlog& b) noexcept {
        return b.pending() * 2 < l.threshold;
    }

    void presence_dropped() noexcept { presence_dropped_ = true; }
    void state_dropped() noexcept { state_dropped_ = true; }

    // Something becomes pending; `before` is without it.
    void adding(const backpressure_limits& l, const backlog& before) noexcept {
        if (before.pending() >= l.queue_max || before.bytes >= l.buffered_bytes)
            overflows_ += overflows_ < l.overflows_max ? 1 : 0;
    }

    struct relief {
        bool presence_snapshot = false; // presence was dropped: send one snapshot
        bool state_stale = false;       // state was dropped: send one STATE_STALE
    };
    // There is something to make up for, or overflows to be forgotten.
    [[nodiscard]] bool is_strained() const noexcept { return overflows_ > 0 || presence_dropped_ || state_dropped_; }
    // To be called when something was written, as long as it is strained.
    [[nodiscard]] relief eased(const backpressure_limits& l, const backlog& now) noexcept;

    // Close 1013: too many overflows, and nothing could be written for too long.
    [[nodiscard]] bool is_slow_consumer(const backpressure_limits& l, const write_progress& w,
                                        steady_time now) const noexcept {
        return overflows_ >= l.overflows_max && w.stalled_for(now, l.stall);
    }
    [[nodiscard]] std::uint32_t overflows() const noexcept { return overflows_; } // counts up to overflows_max

  private:
    std::uint32_t overflows_ = 0;
    bool presence_dropped_ = false;
    bool state_dropped_ = false;
};

struct heartbeat_times {
    milliseconds interval{30'000};
    milliseconds timeout{60'000}; // > interval
};

// When to ping, and when a connection counts as dead.
class liveness {
  public:
    // first_ping: a random part of the interval.
    liveness(steady_time now, milliseconds first_ping) noexcept
        : next_ping_(now + first_ping), last_received_(now), ping_sent_(now), paused_at_(now) {}

    // Anything came: a frame, a part of one, a pong.
    void received(steady_time now) noexcept {
        last_received_ = now;
        ping_unanswered_ = false;
    }
    // wsd does not read for reasons of its own: that time is no silence of the peer.
    void pause_reading(steady_time now) noexcept;
    void resume_reading(steady_time now) noexcept;

    enum class action : std::uint8_t { none, ping, dead };
    // ping: one is to be sent now, and counts as sent. dead: abort without a close frame.
    [[nodiscard]] action check(const heartbeat_times& t, const write_progress& w, steady_time now) noexcept;
    // The earliest time at which check() may have something to say.
    [[nodiscard]] steady_time next_check(const heartbeat_times& t, const write_progress& w) const noexcept;

    // The last ping, sent more than 5 s ago, is unanswered and nothing else came since.
    [[nodiscard]] bool is_suspect(steady_time now) const noexcept {
        return ping_unanswered_ && !paused_ && now - ping_sent_ > std::chrono::seconds(5);
    }

  private:
    steady_time next_ping_;
    steady_time last_received_; // moved on by the time of pauses since
    steady_time ping_sent_;     // likewise
    steady_time paused_at_;
    bool paused_ = false;
    bool ping_unanswered_ = false;
};

} // namespace wsd
