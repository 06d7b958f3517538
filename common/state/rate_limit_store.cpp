#include "common/state/rate_limit_store.hpp"

#include <algorithm>
#include <cmath>

namespace wsd {
namespace {

constexpr std::size_t index_of(rate_bucket bucket) noexcept { return static_cast<std::size_t>(bucket); }

// The least count that is at least share * limit. The share is a decimal that a double holds only nearly.
std::uint32_t count_at_share(double share, std::uint32_t limit) {
    const double exact = share * limit;
    const auto count = static_cast<std::uint32_t>(std::ceil(exact - exact * 1e-12));
    return std::max(count, std::uint32_t{1});
}

} // namespace

rate_limit_store::rate_limit_store(const options& o)
    : options_(o), rates_{token_rate(o.messages, o.window), token_rate(o.messages * 10, o.window),
                          token_rate(o.room_actions, o.window)},
      mark_(duration(o.window) / 10), warn_at_(count_at_share(o.warning_threshold, o.messages)),
      warn_again_below_(count_at_share(o.warning_threshold / 2, o.messages)), users_(o.seed) {}

rate_decision rate_limit_store::charge(const user_id& user, const frame& f, steady_time now) {
    const std::uint32_t slot = touch(user, now);
    record& r = users_[slot];
    const std::size_t b = index_of(f.bucket);
    const token_bucket taken = rates_[b].taken(r.buckets[b], now);
    const bool others_wait = r.throttling && b < ladder_buckets && !r.throttling->waiting[b].empty();
    if (rates_[b].due(taken) > now || others_wait) {
        if (f.bucket != rate_bucket::room_administration) return over_limit(slot, f, now);
        return {.verdict = rate_verdict::refuse, .retry_after = until_token(r, b, now)};
    }
    if (r.throttling && b < ladder_buckets) found_token(r, f, now);
    r.buckets[b] = taken;
    rate_decision decision;
    if (f.bucket == rate_bucket::main) decision.warning = warning_for(r, now);
    return decision;
}

void rate_limit_store::found_token(record& r, const frame& f, steady_time now) {
    throttle& t = *r.throttling;
    const std::size_t b = index_of(f.bucket);
    if (!f.queued || !t.episode[b] || rates_[b].full(r.buckets[b], now)) {
        t.episode[b] = false;
        if (!t.episode[0] && !t.episode[1]) r.throttling.reset();
    } else if (t.may_continue && !t.anybody_waits()) {
        t.next_mark += now - t.last_served;
        t.last_served = now;
    }
}

std::uint32_t rate_limit_store::touch(const user_id& user, steady_time now) {
    expire(now, 2);
    std::uint32_t slot = users_.find(user);
    if (slot == no_slot) {
        if (users_.size() >= options_.users_max) make_room();
        slot = users_.insert(user);
    }
    users_[slot].touched = now;
    by_age_.remove(slot, links());
    by_age_.push_back(slot, links());
    return slot;
}

void rate_limit_store::make_room() {
    for (std::size_t looked = 0; looked < users_.size(); ++looked) {
        const std::uint32_t slot = by_age_.first;
        const record& r = users_[slot];
        if (!r.throttling || !r.throttling->anybody_waits()) return forget(slot);
        by_age_.remove(slot, links());
        by_age_.push_back(slot, links());
    }
    ensure(false, "more rate limit records than users with connections");
}

std::optional<rate_warning> rate_limit_store::warning_for(record& r, steady_time now) const {
    const token_bucket& main = r.buckets[0];
    if (rates_[0].used_at_most(main, warn_again_below_ - 1) <= now) r.warned = false;
    const steady_time below_again = rates_[0].used_at_most(main, warn_at_ - 1);
    if (below_again <= now || r.warned) return std::nullopt;
    r.warned = true;
    return rate_warning{.remaining = options_.messages - rates_[0].used(main, now),
                        .retry_after = milliseconds_until(below_again, now)};
}

rate_decision rate_limit_store::over_limit(std::uint32_t slot, const frame& f, steady_time now) {
    record& r = users_[slot];
    const std::size_t b = index_of(f.bucket);
    if (r.throttling && r.throttling->episode[b]) return delay(slot, f, now);

    const bool close = violate(r, now);
    rate_decision decision{.verdict = rate_verdict::refuse, .retry_after = until_token(r, b, now)};
    decision.violation = r.violations;
    if (close) decision.verdict = rate_verdict::close;
    if (close || options_.mode == rate_limit_mode::reject || r.violations < options_.violations_before_throttle)
        return decision;

    if (!r.throttling) r.throttling = std::make_unique<throttle>();
    r.throttling->episode[b] = true;
    decision = delay(slot, f, now);
    decision.violation = r.violations;
    decision.notify_throttled = true;
    return decision;
}

rate_decision rate_limit_store::delay(std::uint32_t slot, const frame& f, steady_time now) {
    record& r = users_[slot];
    throttle& t = *r.throttling;
    const std::size_t b = index_of(f.bucket);
    if (!t.anybody_waits()) {
        // The time that handling the previous frame took is no waiting, but it does not interrupt it either.
        t.next_mark = t.may_continue && f.queued ? t.next_mark + (now - t.last_served) : now + mark_;
        if (pass_marks(r, now))
            return {.verdict = rate_verdict::close, .retry_after = until_token(r, b, now), .violation = r.violations};
    }
    r.buckets[b] = rates_[b].taken(r.buckets[b], now);
    const steady_time due = rates_[b].due(r.buckets[b]);
    t.waiting[b].push_back({.connection = f.connection, .arrival = now, .due = due});
    ++waiting_;
    schedule(slot);
    return {.verdict = rate_verdict::delay, .retry_after = milliseconds_until(due, now)};
}

bool rate_limit_store::pass_marks(record& r, steady_time now) {
    while (r.throttling->next_mark <= now) {
        const steady_time mark = r.throttling->next_mark;
        r.throttling->next_mark += mark_;
        if (violate(r, mark)) return true;
    }
    return false;
}

bool rate_limit_store::violate(record& r, steady_time at) {
    if (at - r.last_violation >= options_.window) r.violations = 0;
    r.last_violation = std::max(r.last_violation, at);
    ++r.violations;
    return options_.violations_max != 0 && r.violations >= options_.violations_max;
}

milliseconds rate_limit_store::until_token(const record& r, std::size_t bucket, steady_time now) const {
    return milliseconds_until(rates_[bucket].due(rates_[bucket].taken(r.buckets[bucket], now)), now);
}

std::optional<steady_time> rate_limit_store::next_due() const noexcept {
    if (due_.empty()) return std::nullopt;
    return due_.earliest();
}

std::vector<rate_event> rate_limit_store::take_due(steady_time now) {
    std::vector<rate_event> events;
    while (!due_.empty() && due_.earliest() <= now) take_due_of(due_.earliest_slot(), now, events);
    return events;
}

// One user's events up to now as they would have happened one by one; a token that is there at the instant of a mark
// comes first.
void rate_limit_store::take_due_of(std::uint32_t slot, steady_time now, std::vector<rate_event>& events) {
    record& r = users_[slot];
    throttle& t = *r.throttling;
    for (std::optional<place> next = first_due(t); next; next = first_due(t)) {
        std::vector<waiter>& queue = t.waiting[next->bucket];
        const waiter first = queue[next->index];
        if (std::min(first.due, t.next_mark) > now) break;
        if (first.due <= t.next_mark) {
            queue.erase(queue.begin());
            --waiting_;
            t.last_served = std::max(first.due, first.arrival);
            t.may_continue = true;
            events.push_back({.connection = first.connection, .verdict = rate_verdict::handle});
            continue;
        }
        const steady_time mark = t.next_mark;
        t.next_mark += mark_;
        if (!violate(r, mark)) continue;
        leave_queue(r, *next);
        events.push_back({.connection = first.connection,
                          .verdict = rate_verdict::close,
                          .retry_after = until_token(r, next->bucket, now),
                          .violation = r.violations});
    }
    schedule(slot);
}

std::optional<rate_limit_store::place> rate_limit_store::first_due(const throttle& t) {
    std::optional<place> first;
    for (std::size_t b = 0; b < ladder_buckets; ++b) {
        if (t.waiting[b].empty()) continue;
        if (!first || t.waiting[b].front().due < t.waiting[first->bucket].front().due) first = place{.bucket = b};
    }
    return first;
}

bool rate_limit_store::cancel(const user_id& user, connection_id connection) {
    const std::uint32_t slot = users_.find(user);
    if (slot == no_slot || !users_[slot].throttling) return false;
    record& r = users_[slot];
    for (std::size_t b = 0; b < ladder_buckets; ++b) {
        const std::vector<waiter>& queue = r.throttling->waiting[b];
        const auto at = std::find_if(queue.begin(), queue.end(),
                                     [connection](const waiter& w) { return w.connection == connection; });
        if (at == queue.end()) continue;
        leave_queue(r, {.bucket = b, .index = static_cast<std::size_t>(at - queue.begin())});
        schedule(slot);
        return true;
    }
    return false;
}

// Its token goes to whoever waits behind it.
void rate_limit_store::leave_queue(record& r, place p) {
    std::vector<waiter>& queue = r.throttling->waiting[p.bucket];
    for (std::size_t i = queue.size() - 1; i > p.index; --i)
        queue[i].due = std::max(queue[i - 1].due, queue[i].arrival);
    queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(p.index));
    r.buckets[p.bucket] = rates_[p.bucket].returned(r.buckets[p.bucket]);
    r.throttling->may_continue = false;
    --waiting_;
}

void rate_limit_store::schedule(std::uint32_t slot) {
    const throttle& t = *users_[slot].throttling;
    if (const std::optional<place> next = first_due(t))
        due_.set(slot, std::min(t.waiting[next->bucket][next->index].due, t.next_mark), positions());
    else
        due_.clear(slot, positions());
}

void rate_limit_store::expire(steady_time now, std::size_t max) {
    for (std::size_t looked = 0; looked < max && !by_age_.empty(); ++looked) {
        const std::uint32_t slot = by_age_.first;
        if (now - users_[slot].touched < options_.window) return;
        if (forgettable(users_[slot], now)) {
            forget(slot);
        } else {
            by_age_.remove(slot, links());
            by_age_.push_back(slot, links());
        }
    }
}

bool rate_limit_store::forgettable(const record& r, steady_time now) const {
    for (std::size_t b = 0; b < r.buckets.size(); ++b)
        if (!rates_[b].full(r.buckets[b], now)) return false;
    if (r.throttling && r.throttling->anybody_waits()) return false;
    if (r.violations > 0 && now - r.last_violation < options_.window) return false;
    // With the smallest limits a first frame is not below half the threshold, so a warning is remembered.
    return !r.warned || warn_again_below_ > 1;
}

void rate_limit_store::forget(std::uint32_t slot) {
    by_age_.remove(slot, links());
    due_.clear(slot, positions());
    users_.erase(slot);
}

} // namespace wsd
