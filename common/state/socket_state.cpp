#include "common/state/socket_state.hpp"

namespace wsd {

bool event_window::add(const rule& r, steady_time now) {
    if (r.limit == 0) return false;
    if (times_.size() < r.limit) {
        // In order of time until there are `limit` of them. Before it grows, what is too old goes.
        if (times_.size() == times_.capacity()) {
            const auto recent =
                std::find_if(times_.begin(), times_.end(), [&](steady_time t) { return now - t < r.window; });
            times_.erase(times_.begin(), recent);
            if (times_.empty() && times_.capacity() > 1) times_ = {};
        }
        times_.push_back(now);
    } else {
        times_[oldest_] = now;
        oldest_ = static_cast<std::uint32_t>((oldest_ + 1) % times_.size());
    }
    return times_.size() >= r.limit && now - times_[oldest_] < r.window;
}

backpressure::relief backpressure::eased(const backpressure_limits& l, const backlog& now) noexcept {
    if (now.pending() * 2 < l.queue_max && now.bytes * 2 < l.buffered_bytes) overflows_ = 0;
    relief result;
    if (!eases(l, now)) return result;
    result = {.presence_snapshot = presence_dropped_, .state_stale = state_dropped_};
    presence_dropped_ = state_dropped_ = false;
    return result;
}

void liveness::pause_reading(steady_time now) noexcept {
    if (!paused_) paused_at_ = now;
    paused_ = true;
}

void liveness::resume_reading(steady_time now) noexcept {
    if (!paused_) return;
    paused_ = false;
    last_received_ = std::min(now, last_received_ + (now - paused_at_));
    ping_sent_ += now - std::max(paused_at_, ping_sent_);
}

liveness::action liveness::check(const heartbeat_times& t, const write_progress& w, steady_time now) noexcept {
    const steady_time heard_until = paused_ ? paused_at_ : now;
    if (heard_until - last_received_ >= t.timeout || w.stalled_for(now, t.timeout)) return action::dead;
    if (now < next_ping_) return action::none;
    next_ping_ += t.interval;
    if (next_ping_ <= now) next_ping_ = now + t.interval;
    if (!ping_unanswered_) ping_sent_ = now; // a further ping makes a silent peer no less suspect
    ping_unanswered_ = true;
    return action::ping;
}

steady_time liveness::next_check(const heartbeat_times& t, const write_progress& w) const noexcept {
    const steady_time silent_at = paused_ ? steady_time::max() : last_received_ + t.timeout;
    return std::min({next_ping_, silent_at, w.stalled_at(t.timeout)});
}

} // namespace wsd
