#include "loadgen/pacer.hpp"

#include <catch_amalgamated.hpp>

#include <vector>

using namespace wsd;
using namespace wsd::loadgen;
using namespace std::chrono_literals;

TEST_CASE("a pacer makes as many events due as the rate says, without drift") {
    const steady_time start{100s};
    pacer schedule({.start = start, .per_second = 3});
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
    pacer schedule({.start = start, .per_second = 1000});
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
    pacer whole({.start = start, .per_second = 700});
    std::vector<pacer> lanes;
    for (std::uint32_t lane = 0; lane < 3; ++lane)
        lanes.emplace_back(pacer::plan{.start = start, .per_second = 700, .lane = lane, .lanes = 3});
    for (int k = 0; k < 3000; ++k) REQUIRE(lanes[static_cast<std::size_t>(k % 3)].take() == whole.take());
}
