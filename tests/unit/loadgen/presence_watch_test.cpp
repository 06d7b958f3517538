#include "loadgen/state/presence_watch.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd;
using namespace wsd::loadgen;
using namespace std::chrono_literals;

TEST_CASE("news of a coming or going is timed from the change") {
    presence_watch watch(2);
    const steady_time start{10s};
    CHECK(watch.settled(0));
    watch.changed(0, false, start);
    CHECK_FALSE(watch.settled(0));
    CHECK_FALSE(watch.online(0));
    CHECK(watch.told(0, false, start + 120ms) == 120ms);
    CHECK_FALSE(watch.settled(0)); // still away
    watch.changed(0, true, start + 1s);
    CHECK(watch.told(0, true, start + 1250ms) == 250ms);
    CHECK_FALSE(watch.settled(0)); // would hear of others in its snapshot
    watch.greeted(0);
    CHECK(watch.settled(0));
    CHECK(watch.changes() == 2);
    CHECK(watch.missed() == 0);
    CHECK(watch.unexpected() == 0);
}

TEST_CASE("a coming that was refused is none") {
    presence_watch watch(1);
    const steady_time start{10s};
    watch.changed(0, false, start);
    CHECK(watch.told(0, false, start + 1ms) == 1ms);
    watch.changed(0, true, start + 1s);
    watch.withdraw(0);
    CHECK_FALSE(watch.online(0));
    CHECK(watch.changes() == 1);
    watch.changed(0, true, start + 2s);
    CHECK(watch.told(0, true, start + 2s + 5ms) == 5ms);
    watch.withdraw(0); // too late
    CHECK(watch.online(0));
    CHECK(watch.missed() == 0);
    CHECK(watch.unexpected() == 0);
}

TEST_CASE("news that never came, came twice or is wrong is counted") {
    presence_watch watch(2);
    const steady_time start{10s};
    CHECK_FALSE(watch.told(1, false, start));
    CHECK(watch.unexpected() == 1);
    watch.changed(0, false, start);
    CHECK_FALSE(watch.told(0, true, start));
    CHECK(watch.unexpected() == 2);
    watch.changed(0, true, start + 1s); // nobody was told that it left
    CHECK(watch.missed() == 2);
    CHECK(watch.told(0, true, start + 1s) == 0ms);
    CHECK(watch.missed() == 1);
    CHECK_FALSE(watch.told(0, true, start + 2s));
    CHECK(watch.unexpected() == 3);
}
