#include "common/state/timer_wheel.hpp"

#include <catch_amalgamated.hpp>

#include <map>
#include <random>
#include <vector>

namespace {

using namespace wsd;
using namespace std::chrono_literals;

connection_id connection(std::uint64_t number) {
    return {.slot = static_cast<std::uint32_t>(number), .generation = number};
}

struct wheel_at {
    steady_time start{1000h};
    timer_wheel wheel;
    std::vector<std::uint64_t> fired;

    explicit wheel_at(timer_wheel::options o = {}) : wheel(o, start) {}
    std::size_t advance_to(milliseconds offset) {
        return wheel.tick(start + offset, [this](connection_id id) { fired.push_back(id.generation); });
    }
};

} // namespace

TEST_CASE("a deadline fires never early and at most a step late") {
    wheel_at w;
    REQUIRE(w.wheel.schedule(connection(1), w.start + 100ms));
    CHECK(w.advance_to(99ms) == 0);
    CHECK(w.advance_to(111ms) == 0);
    CHECK(w.advance_to(112ms) == 1);
    CHECK(w.fired == std::vector<std::uint64_t>{1});
    CHECK(w.wheel.size() == 0);
    CHECK(w.advance_to(10h) == 0);
}

TEST_CASE("a deadline on a step is not put off to the next one") {
    wheel_at w;
    REQUIRE(w.wheel.schedule(connection(1), w.start + 160ms));
    CHECK(w.advance_to(159ms) == 0);
    CHECK(w.advance_to(160ms) == 1);
}

TEST_CASE("a deadline in the past fires at the next step") {
    wheel_at w;
    CHECK(w.advance_to(1s) == 0);
    REQUIRE(w.wheel.schedule(connection(1), w.start - 5s));
    REQUIRE(w.wheel.schedule(connection(2), w.start + 1s));
    CHECK(w.advance_to(1s) == 0);
    CHECK(w.advance_to(1s + 16ms) == 2);
}

TEST_CASE("a deadline beyond a turn of the wheel waits for its turn") {
    wheel_at w({.step = 10ms, .slots = 8});
    REQUIRE(w.wheel.schedule(connection(1), w.start + 1h));
    for (milliseconds t = 0ms; t < 3600s; t += 50ms) REQUIRE(w.advance_to(t) == 0);
    CHECK(w.advance_to(1h) == 1);
}

TEST_CASE("after a pause longer than a turn everything due fires once") {
    wheel_at w({.step = 10ms, .slots = 8});
    for (unsigned i = 1; i <= 20; ++i) REQUIRE(w.wheel.schedule(connection(i), w.start + i * 10ms));
    CHECK(w.advance_to(10s) == 20);
    CHECK(w.advance_to(20s) == 0);
    CHECK(w.wheel.size() == 0);
}

TEST_CASE("the cap on entries refuses the next one") {
    wheel_at w({.entries_max = 1});
    CHECK(w.wheel.schedule(connection(1), w.start + 1s));
    CHECK_FALSE(w.wheel.schedule(connection(2), w.start + 1s));
    CHECK(w.advance_to(2s) == 1);
    CHECK(w.wheel.schedule(connection(2), w.start + 3s));
}

TEST_CASE("a callback that arms itself again is not called again in the same step") {
    wheel_at w;
    REQUIRE(w.wheel.schedule(connection(1), w.start));
    int calls = 0;
    const auto rearm = [&](connection_id id) {
        ++calls;
        REQUIRE(w.wheel.schedule(id, w.start));
    };
    CHECK(w.wheel.tick(w.start + 16ms, rearm) == 1);
    CHECK(w.wheel.tick(w.start + 32ms, rearm) == 1);
    CHECK(w.wheel.size() == 1);
}

TEST_CASE("the wheel fires what a sorted list would, under random use") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    wheel_at w({.step = 7ms, .slots = 64});
    std::multimap<steady_time, std::uint64_t> model;
    steady_time now = w.start;
    std::uint64_t next = 1;
    for (int step = 0; step < 20'000; ++step) {
        if (random() % 2 == 0) {
            const steady_time due = now + milliseconds(static_cast<int>(random() % 3000) - 100);
            REQUIRE(w.wheel.schedule(connection(next), due));
            model.emplace(std::max(due, now), next++); // the past counts as now
        }
        if (random() % 3 == 0) now += std::chrono::microseconds(random() % (random() % 50 == 0 ? 2'000'000 : 20'000));
        std::map<std::uint64_t, int> fired;
        w.wheel.tick(now, [&fired](connection_id id) { ++fired[id.generation]; });
        for (auto at = model.begin(); at != model.end();) {
            const bool fired_now = fired.erase(at->second) == 1;
            if (at->first > now) REQUIRE_FALSE(fired_now);
            if (at->first + 7ms <= now) REQUIRE(fired_now);
            at = fired_now ? model.erase(at) : std::next(at);
        }
        REQUIRE(fired.empty());
        REQUIRE(w.wheel.size() == model.size());
    }
}
