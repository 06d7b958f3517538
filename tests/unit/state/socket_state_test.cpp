#include "common/state/socket_state.hpp"

#include <catch_amalgamated.hpp>

#include <deque>
#include <random>

namespace {

using namespace wsd;
using namespace std::chrono_literals;
using action = liveness::action;

const steady_time start{1000h};

std::string name(action a) { return a == action::none ? "none" : a == action::ping ? "ping" : "dead"; }

} // namespace

TEST_CASE("the last of the allowed malformed frames within a window closes") {
    event_window w;
    const auto rule = malformed_rule(3, 60s);
    CHECK_FALSE(w.add(rule, start));
    CHECK_FALSE(w.add(rule, start + 1s));
    CHECK_FALSE(w.add(rule, start + 60s));
    CHECK(w.add(rule, start + 60s + 999ms));
}

TEST_CASE("without a limit any number of malformed frames is fine") {
    event_window w;
    for (int i = 0; i < 10'000; ++i) REQUIRE_FALSE(w.add(malformed_rule(0, 60s), start));
    event_window strict;
    CHECK(strict.add(malformed_rule(1, 60s), start));
}

TEST_CASE("the hundred and first control frame within ten seconds is a flood") {
    event_window w;
    for (int i = 0; i < 100; ++i) REQUIRE_FALSE(w.add(control_flood_rule, start + i * 1ms));
    SECTION("at once") { CHECK(w.add(control_flood_rule, start + 9999ms)); }
    SECTION("later") {
        CHECK_FALSE(w.add(control_flood_rule, start + 10s));
        CHECK(w.add(control_flood_rule, start + 10s));
    }
    SECTION("after a long pause it begins anew") {
        for (int i = 0; i < 100; ++i) REQUIRE_FALSE(w.add(control_flood_rule, start + 1h));
        CHECK(w.add(control_flood_rule, start + 1h));
    }
}

TEST_CASE("an event window counts like a list of times under random use") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (const std::uint32_t limit : {1U, 2U, 5U, 101U}) {
        event_window w;
        std::deque<steady_time> model;
        steady_time now = start;
        for (int i = 0; i < 20'000; ++i) {
            now += milliseconds(random() % 200 == 0 ? random() % 30'000 : random() % 220);
            model.push_back(now);
            std::erase_if(model, [now](steady_time t) { return now - t >= 10s; });
            REQUIRE(w.add({.limit = limit, .window = 10s}, now) == (model.size() >= limit));
        }
    }
}

TEST_CASE("a connection with too many unsent replies is not read") {
    const backpressure_limits l;
    backpressure b;
    CHECK(b.may_read(l, 99, 0));
    CHECK_FALSE(b.may_read(l, 100, 0));
    constexpr std::size_t much = (1 << 20) + 256 * 1024;
    CHECK(b.may_read(l, 0, 10 * much));
    for (std::uint32_t i = 0; i < l.overflows_max; ++i) b.adding(l, {.bytes = much});
    CHECK(b.may_read(l, 0, much - 1));
    CHECK_FALSE(b.may_read(l, 0, much));
    CHECK_FALSE(b.may_read({.buffered_bytes = 2000}, 0, 4000));
}

TEST_CASE("events are added up to 256 KiB, or to the buffered threshold when that is less") {
    CHECK(backpressure::event_bytes_max({}) == 256 * 1024);
    CHECK(backpressure::event_bytes_max({.buffered_bytes = 2000}) == 2000);
}

TEST_CASE("what was dropped is made up for once, when pending is below half the threshold") {
    const backpressure_limits l;
    CHECK_FALSE(backpressure::sheds(l, {.replies = 50, .others = 25, .entries = 24}));
    CHECK(backpressure::sheds(l, {.replies = 50, .others = 25, .entries = 25}));
    backpressure b;
    b.presence_dropped();
    CHECK_FALSE(b.eased(l, {.others = 50}).presence_snapshot);
    const auto relief = b.eased(l, {.others = 49});
    CHECK(relief.presence_snapshot);
    CHECK_FALSE(relief.state_stale);
    CHECK_FALSE(b.eased(l, {}).presence_snapshot);
    b.state_dropped();
    CHECK(b.eased(l, {}).state_stale);
}

TEST_CASE("a slow consumer has overflowed often and was written nothing for a while") {
    const backpressure_limits l;
    backpressure b;
    write_progress w;
    w.waiting(start);
    for (int i = 0; i < 4; ++i) b.adding(l, {.entries = 200});
    b.adding(l, {.entries = 199, .bytes = (1 << 20) - 1});
    CHECK(b.overflows() == 4);
    CHECK_FALSE(b.is_slow_consumer(l, w, start + 10s));
    b.adding(l, {.bytes = 1 << 20});
    CHECK_FALSE(b.is_slow_consumer(l, w, start + 4999ms));
    CHECK(b.is_slow_consumer(l, w, start + 5s));

    SECTION("some bytes were taken") {
        w.written(start + 4s);
        CHECK_FALSE(b.is_slow_consumer(l, w, start + 8s));
        CHECK(b.is_slow_consumer(l, w, start + 9s));
    }
    SECTION("all bytes were taken, and others wait since then") {
        w.emptied();
        CHECK_FALSE(b.is_slow_consumer(l, w, start + 1h));
        w.waiting(start + 1h);
        CHECK_FALSE(b.is_slow_consumer(l, w, start + 1h + 1s));
    }
    SECTION("the backlog fell below half of both bounds") {
        (void)b.eased(l, {.entries = 100});
        CHECK(b.overflows() == 5);
        (void)b.eased(l, {.entries = 99});
        CHECK(b.overflows() == 0);
    }
}

TEST_CASE("pings come at the interval, and late checks don't make them bunch up") {
    const heartbeat_times t{.interval = 30s, .timeout = 60s};
    const write_progress w;
    liveness l(start, 10s);
    CHECK(l.next_check(t, w) == start + 10s);
    CHECK(name(l.check(t, w, start + 9s)) == "none");
    CHECK(name(l.check(t, w, start + 10s)) == "ping");
    CHECK(name(l.check(t, w, start + 10s)) == "none");
    l.received(start + 11s);
    CHECK(l.next_check(t, w) == start + 40s);
    l.received(start + 200s);
    CHECK(name(l.check(t, w, start + 200s)) == "ping");
    CHECK(l.next_check(t, w) == start + 230s);
}

TEST_CASE("a connection is dead after the timeout without a byte, however many pings were sent") {
    const heartbeat_times t{.interval = 30s, .timeout = 60s};
    const write_progress w;
    liveness l(start, 10s);
    l.received(start + 5s);
    CHECK(name(l.check(t, w, start + 10s)) == "ping");
    CHECK(name(l.check(t, w, start + 40s)) == "ping");
    CHECK(l.next_check(t, w) == start + 65s);
    CHECK(name(l.check(t, w, start + 65s - 1ms)) == "none");
    CHECK(name(l.check(t, w, start + 65s)) == "dead");
}

TEST_CASE("time in which wsd does not read is no silence, but bytes that can't be written are") {
    const heartbeat_times t{.interval = 1h, .timeout = 2h};
    write_progress w;
    liveness l(start, 1h);
    l.pause_reading(start + 30min);
    l.pause_reading(start + 40min);
    CHECK(name(l.check(t, w, start + 1h)) == "ping");
    CHECK(name(l.check(t, w, start + 9h)) == "ping");
    CHECK_FALSE(l.is_suspect(start + 9h));
    l.resume_reading(start + 9h);
    CHECK_FALSE(l.is_suspect(start + 9h));
    CHECK(name(l.check(t, w, start + 10h + 29min)) == "ping");
    CHECK(name(l.check(t, w, start + 10h + 30min)) == "dead");
    l.received(start + 10h + 30min);
    w.waiting(start + 9h);
    CHECK(name(l.check(t, w, start + 11h)) == "dead");
    w.written(start + 10h);
    CHECK(name(l.check(t, w, start + 11h)) == "ping");
    CHECK(l.next_check(t, w) == start + 12h);
}

TEST_CASE("a connection is suspect when a ping has been unanswered for more than five seconds") {
    const heartbeat_times t{.interval = 3s, .timeout = 60s};
    const write_progress w;
    liveness l(start, 1s);
    CHECK(name(l.check(t, w, start + 1s)) == "ping");
    CHECK_FALSE(l.is_suspect(start + 6s));
    CHECK(name(l.check(t, w, start + 4s)) == "ping");
    CHECK(l.is_suspect(start + 6s + 1ms));
    l.received(start + 7s);
    CHECK_FALSE(l.is_suspect(start + 7s));
}
