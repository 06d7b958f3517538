#include "common/state/typing_store.hpp"

#include <catch_amalgamated.hpp>

#include <deque>
#include <map>
#include <random>
#include <string>

namespace {

using namespace wsd;
using namespace std::chrono_literals;

const user_id alice{"alice"};
const user_id bob{"bob"};
const steady_time start{1000h};

} // namespace

TEST_CASE("the fifth typing frame to a target within two seconds is dropped") {
    typing_store s({});
    for (const milliseconds t : {0ms, 500ms, 1000ms, 1500ms}) CHECK(s.allow(alice, bob, start + t));
    CHECK_FALSE(s.allow(alice, bob, start + 1999ms));
    CHECK(s.allow(alice, user_id{"carol"}, start + 1999ms));
    CHECK(s.allow(alice, room_id{"bob"}, start + 1999ms));
    CHECK(s.allow(bob, alice, start + 1999ms));
    CHECK(s.allow(alice, bob, start + 2000ms));
    CHECK_FALSE(s.allow(alice, bob, start + 2499ms));
    CHECK(s.allow(alice, bob, start + 2500ms));
}

TEST_CASE("pairs are forgotten after two seconds, and earlier when there are too many") {
    typing_store s({.uses_max = 100});
    for (int i = 0; i < 1000; ++i) REQUIRE(s.allow(alice, user_id{std::to_string(i)}, start));
    CHECK(s.count_pairs() == 100);
    CHECK(s.allow(alice, bob, start + 2s));
    CHECK(s.count_pairs() == 1);
}

TEST_CASE("typing frames are limited like a list of times under random use") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    typing_store s({});
    std::map<int, std::deque<steady_time>> model;
    steady_time now = start;
    for (int step = 0; step < 50'000; ++step) {
        now += milliseconds(random() % 100);
        const int target = static_cast<int>(random() % 12);
        auto& times = model[target];
        std::erase_if(times, [now](steady_time t) { return now - t >= 2s; });
        const bool allowed = times.size() < 4;
        if (allowed) times.push_back(now);
        REQUIRE(s.allow(alice, user_id{std::to_string(target)}, now) == allowed);
    }
}
