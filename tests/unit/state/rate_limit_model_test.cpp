#include "common/state/rate_limit_store.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace wsd;
using namespace std::chrono_literals;

__extension__ using wide = __int128;

connection_id connection(std::uint32_t number) { return {.slot = number, .generation = number}; }

// Tokens that are really counted, in units of 1/window of a token, and frames that really wait for them. It never
// forgets a user.
struct counted_bucket {
    wide size = 1;
    wide window_ns = 1;
    wide units = 0;
    std::int64_t at = 0;

    void refill(std::int64_t now) {
        units = std::min(size * window_ns, units + size * (now - at));
        at = now;
    }
    bool has_token() const { return units >= window_ns; }
    // When a frame that came at `arrival` finds a token, if no other takes it.
    std::int64_t token_at(std::int64_t arrival) const {
        const wide missing = window_ns - units;
        const std::int64_t there = missing <= 0 ? at : at + static_cast<std::int64_t>((missing + size - 1) / size);
        return std::max(there, arrival);
    }
    void take_at(std::int64_t time) {
        refill(time);
        units -= window_ns;
    }
    std::int64_t used() const {
        return static_cast<std::int64_t>((size * window_ns - units + window_ns - 1) / window_ns);
    }
};

struct model {
    rate_limit_store::options o;
    struct user {
        std::array<counted_bucket, 2> buckets;
        struct frame {
            std::uint32_t connection;
            std::int64_t arrival;
        };
        std::array<std::deque<frame>, 2> waiting;
        std::array<bool, 2> episode{};
        bool warned = false;
        std::uint32_t violations = 0;
        std::int64_t last_violation = 0, mark = 0, last_served = 0;
        bool may_continue = false;
    };
    std::map<int, user> users;

    std::int64_t window_ns() const { return std::chrono::nanoseconds(o.window).count(); }
    user& of(int number, std::int64_t now) {
        const auto [at, fresh] = users.try_emplace(number);
        if (fresh)
            for (int b = 0; b < 2; ++b)
                at->second.buckets[static_cast<std::size_t>(b)] = {.size = o.messages * (b == 0 ? 1U : 10U),
                                                                   .window_ns = window_ns(),
                                                                   .units = wide(o.messages) * (b == 0 ? 1 : 10) *
                                                                            window_ns(),
                                                                   .at = now};
        return at->second;
    }
    static std::int64_t wait_ms(std::int64_t then, std::int64_t now) {
        return std::max<std::int64_t>(1, (then - now + 999'999) / 1'000'000);
    }
    bool violate(user& u, std::int64_t at) const {
        if (at - u.last_violation >= window_ns()) u.violations = 0;
        u.last_violation = std::max(u.last_violation, at);
        return ++u.violations >= o.violations_max && o.violations_max != 0;
    }

    std::string charge(int number, std::uint32_t c, std::size_t b, bool queued, std::int64_t now) {
        user& u = of(number, now);
        counted_bucket& bucket = u.buckets[b];
        if (u.waiting[b].empty()) bucket.refill(now);
        if (u.waiting[b].empty() && bucket.has_token()) {
            const bool full = bucket.units == bucket.size * bucket.window_ns;
            bucket.units -= bucket.window_ns;
            if (!queued || !u.episode[b] || full) {
                u.episode[b] = false;
                if (!u.episode[0] && !u.episode[1]) u.may_continue = false;
            } else if (u.may_continue && u.waiting[0].empty() && u.waiting[1].empty()) {
                u.mark += now - u.last_served; // it waited for nothing but its turn to be looked at
                u.last_served = now;
            }
            if (b == 1) return "handle";
            const double threshold = o.warning_threshold * o.messages;
            const auto used = static_cast<double>(bucket.used());
            if (used < threshold / 2) u.warned = false;
            if (used < threshold || u.warned) return "handle";
            u.warned = true;
            return "handle warning " + std::to_string(o.messages - static_cast<std::uint32_t>(bucket.used()));
        }
        counted_bucket future = bucket;
        for (const auto& frame : u.waiting[b]) future.take_at(future.token_at(frame.arrival));
        const std::int64_t wait = wait_ms(future.token_at(now), now);
        const bool in_episode = u.episode[b];
        if (!in_episode) {
            const bool close = violate(u, now);
            if (close) return "close " + std::to_string(wait);
            if (o.mode == rate_limit_mode::reject || u.violations < o.violations_before_throttle)
                return "refuse " + std::to_string(wait);
            u.episode[b] = true;
        }
        if (u.waiting[0].empty() && u.waiting[1].empty()) {
            u.mark = u.may_continue && queued ? u.mark + (now - u.last_served) : now + window_ns() / 10;
            while (u.mark <= now) {
                const std::int64_t mark = u.mark;
                u.mark += window_ns() / 10;
                if (violate(u, mark)) return "close " + std::to_string(wait);
            }
        }
        u.waiting[b].push_back({c, now});
        return "delay " + std::to_string(wait) + (in_episode ? "" : " notice");
    }

    void take_due(user& u, std::int64_t now, std::vector<std::string>& events) const {
        while (!u.waiting[0].empty() || !u.waiting[1].empty()) {
            const auto due_of = [&u](std::size_t b) { return u.buckets[b].token_at(u.waiting[b].front().arrival); };
            std::size_t first = u.waiting[0].empty() ? 1 : 0;
            if (first == 0 && !u.waiting[1].empty() && due_of(1) < due_of(0)) first = 1;
            const std::int64_t due = due_of(first);
            if (std::min(due, u.mark) > now) return;
            const std::uint32_t c = u.waiting[first].front().connection;
            if (due <= u.mark) {
                u.buckets[first].take_at(due);
                u.waiting[first].pop_front();
                u.last_served = due;
                u.may_continue = true;
                events.push_back(std::to_string(c));
                continue;
            }
            const std::int64_t mark = u.mark;
            u.mark += window_ns() / 10;
            if (!violate(u, mark)) continue;
            u.waiting[first].pop_front();
            u.may_continue = false;
            events.push_back(std::to_string(c) + "x");
        }
    }
};

void run(rate_limit_store::options options, unsigned seed) {
    CAPTURE(seed, options.messages, options.window.count(), options.violations_before_throttle, options.violations_max);
    std::mt19937 random(seed);
    rate_limit_store store(options);
    model expected{.o = options, .users = {}};
    constexpr std::uint32_t users = 3, connections_each = 3;
    std::map<std::uint32_t, bool> waits;
    steady_time now{1000h};
    const auto nanoseconds = [&now] { return std::chrono::nanoseconds(now.time_since_epoch()).count(); };
    const std::int64_t interval = std::chrono::nanoseconds(options.window).count() / options.messages + 1;
    for (int step = 0; step < 4000; ++step) {
        if (random() % 4 == 0)
            now += std::chrono::nanoseconds(static_cast<std::int64_t>(random() % 1000) * interval / 400);
        if (random() % 300 == 0) now += options.window * 2;
        // Users take turns by their deadlines; within a user the order counts.
        std::array<std::vector<std::string>, users> events;
        for (const rate_event& e : store.take_due(now)) {
            const std::string mark = e.verdict == rate_verdict::close ? "x" : "";
            events[(e.connection.slot - 1) / connections_each].push_back(std::to_string(e.connection.slot) + mark);
            waits[e.connection.slot] = false;
        }
        for (auto& [number, user] : expected.users) {
            std::vector<std::string> wanted;
            expected.take_due(user, nanoseconds(), wanted);
            REQUIRE(events[static_cast<std::size_t>(number)] == wanted);
        }
        const std::uint32_t c = 1 + static_cast<std::uint32_t>(random() % (users * connections_each));
        const auto number = static_cast<int>((c - 1) / connections_each);
        const user_id user{std::to_string(number)};
        if (waits[c]) {
            if (random() % 10 != 0) continue;
            REQUIRE(store.cancel(user, connection(c)));
            model::user& u = expected.users[number];
            for (auto& queue : u.waiting)
                std::erase_if(queue, [c](const auto& frame) { return frame.connection == c; });
            u.may_continue = false;
            waits[c] = false;
            continue;
        }
        const std::size_t bucket = random() % 4 == 0 ? 1 : 0;
        const bool queued = random() % 2 == 0;
        const rate_decision d = store.charge(user, {connection(c), static_cast<rate_bucket>(bucket), queued}, now);
        static const char* const names[] = {"handle", "refuse", "delay", "close"};
        std::string got = names[static_cast<int>(d.verdict)];
        if (d.verdict != rate_verdict::handle) got += " " + std::to_string(d.retry_after.count());
        if (d.notify_throttled) got += " notice";
        if (d.warning) got += " warning " + std::to_string(d.warning->remaining);
        REQUIRE(got == expected.charge(number, c, bucket, queued, nanoseconds()));
        waits[c] = d.verdict == rate_verdict::delay;
        std::size_t waiting = 0;
        for (const auto& [n, u] : expected.users) waiting += u.waiting[0].size() + u.waiting[1].size();
        REQUIRE(store.count_waiting() == waiting);
    }
}

} // namespace

TEST_CASE("the rate limits decide what counted tokens and queues of waiting frames would") {
    const unsigned seed = Catch::getSeed();
    std::mt19937 random(seed);
    for (int i = 0; i < 60; ++i) {
        rate_limit_store::options o;
        o.messages = static_cast<std::uint32_t>(std::array{1, 2, 3, 7, 10, 13, 40}[random() % 7]);
        o.window = milliseconds(std::array{1, 3, 70, 1000, 60'000, 86'400'000}[random() % 6]);
        o.warning_threshold = std::array{0.8, 0.5, 1.0, 0.33}[random() % 4];
        o.mode = random() % 4 == 0 ? rate_limit_mode::reject : rate_limit_mode::delay;
        o.violations_before_throttle = static_cast<std::uint32_t>(random() % 4);
        o.violations_max = static_cast<std::uint32_t>(std::array{0, 1, 5, 8, 1000}[random() % 5]);
        run(o, static_cast<unsigned>(random()));
    }
}
