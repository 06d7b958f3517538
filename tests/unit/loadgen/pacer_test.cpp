#include "loadgen/pacer.hpp"

#include <catch_amalgamated.hpp>

#include <cstdlib>
#include <vector>

using namespace wsd;
using namespace wsd::loadgen;
using namespace std::chrono_literals;

TEST_CASE("a pacer makes as many events due as the rate says, without drift") {
    const steady_time start{100s};
    pacer schedule({.start = start, .profile = load_profile(3)});
    for (int second = 1; second <= 10'000; ++second) {
        int taken = 0;
        while (schedule.due(start + std::chrono::seconds(second) - 1ns)) {
            schedule.take();
            ++taken;
        }
        REQUIRE(taken == 3);
    }
    CHECK(schedule.next() == start + 10'000s);
}

TEST_CASE("events that a stall held up keep their scheduled times") {
    const steady_time start{};
    pacer schedule({.start = start, .profile = load_profile(1000)});
    while (schedule.due(start + 100ms)) schedule.take();
    // The process stands still for two seconds.
    const auto now = start + 2100ms;
    std::vector<steady_time> late;
    while (schedule.due(now)) late.push_back(schedule.take());
    REQUIRE(late.size() == 2000);
    CHECK(late.front() == start + 101ms);
    CHECK(late.back() == now);
}

TEST_CASE("the lanes of a schedule share its events without gap or overlap") {
    const steady_time start{};
    pacer whole({.start = start, .profile = load_profile(700)});
    std::vector<pacer> lanes;
    for (std::uint32_t lane = 0; lane < 3; ++lane)
        lanes.emplace_back(pacer::plan{.start = start, .profile = load_profile(700), .lane = lane, .lanes = 3});
    for (int k = 0; k < 3000; ++k) REQUIRE(lanes[static_cast<std::size_t>(k % 3)].take() == whole.take());
}

TEST_CASE("stages follow one another at their own rates, and the last one goes on") {
    const steady_time start{50s};
    load_profile profile;
    profile.add_stage(2s, 100);
    profile.add_stage(1s, 0);
    profile.add_stage(2s, 1000);
    CHECK(profile.length() == 5s);
    CHECK(profile.mean_per_second() == 440);
    pacer schedule({.start = start, .profile = profile});
    const auto taken_until = [&](std::chrono::nanoseconds end) {
        int taken = 0;
        while (schedule.next() < start + end) {
            schedule.take();
            ++taken;
        }
        return taken;
    };
    CHECK(taken_until(2s) == 200);
    CHECK(taken_until(3s) == 0); // a pause
    CHECK(schedule.next() == start + 3s);
    CHECK(taken_until(5s) == 2000);
    CHECK(taken_until(6s) == 1000);
}

TEST_CASE("a load that ends with a pause makes nothing due any more") {
    load_profile profile;
    profile.add_stage(1s, 10);
    profile.add_stage(1s, 0);
    pacer schedule({.start = steady_time{}, .profile = profile});
    for (int k = 0; k < 10; ++k) schedule.take();
    CHECK(schedule.next() > steady_time{} + 24h * 365);
}

TEST_CASE("a Poisson schedule has the mean rate, gaps of every length, and is the same for the same seed") {
    const steady_time start{};
    const auto make = [&](std::uint64_t seed, std::uint32_t lane, std::uint32_t lanes) {
        return pacer(
            {.start = start, .profile = load_profile(1000), .lane = lane, .lanes = lanes, .poisson_seed = seed});
    };
    auto one = make(7, 0, 1), again = make(7, 0, 1), other = make(8, 0, 1);
    int taken = 0, short_gaps = 0, long_gaps = 0;
    auto before = start;
    bool differs = false;
    while (one.next() < start + 100s) {
        const auto at = one.take();
        REQUIRE(at == again.take());
        differs = differs || at != other.take();
        short_gaps += at - before < 100us ? 1 : 0;
        long_gaps += at - before > 3ms ? 1 : 0;
        before = at;
        ++taken;
    }
    CHECK(differs);
    // 100,000 expected with a deviation of 316; gaps below 0.1 ms: 9.5 %; above 3 ms: 5.0 %.
    CHECK(std::abs(taken - 100'000) < 2000);
    CHECK(std::abs(short_gaps - 9516) < 500);
    CHECK(std::abs(long_gaps - 4979) < 400);
    int of_lanes = 0;
    for (std::uint32_t lane = 0; lane < 4; ++lane)
        for (auto part = make(7, lane, 4); part.next() < start + 100s; part.take()) ++of_lanes;
    CHECK(std::abs(of_lanes - 100'000) < 2000);
}
