#include "loadgen/state/rate_ladder.hpp"

#include <catch_amalgamated.hpp>

#include <functional>
#include <string>
#include <vector>

using namespace wsd;
using namespace wsd::loadgen;
using namespace std::chrono_literals;

namespace {

constexpr rate_ladder::limit limit{.messages = 50, .window = 10s}; // a token every 200 ms

// What happens, and what a server would do otherwise.
struct course {
    steady_time at{100s};
    rate_ladder ladder{limit};
    explicit course(const rate_ladder::limit& of = limit) : ladder(of) {}

    void acks(int count) {
        for (int i = 0; i < count; ++i) ladder.acknowledged(at);
    }
    void burst_as_it_should_be() {
        ladder.sent_burst(at);
        acks(39);
        ladder.warned(at);
        acks(11);
        ladder.refused(at);
        ladder.throttled(at);
        delayed(4);
    }
    void delayed(int count) {
        for (int i = 0; i < count; ++i) {
            at += 200ms;
            ladder.acknowledged(at);
        }
    }
    void flood_as_it_should_be() {
        ladder.sent_flood(at);
        delayed(15);
        ladder.refused(at);
        ladder.closed(4008, at);
    }
    std::vector<std::string> broken() {
        check_list all;
        ladder.judge(all);
        std::vector<std::string> names;
        all.for_each([&](const expectation& one) {
            if (!one.met) names.push_back(one.what);
        });
        return names;
    }
};

using names = std::vector<std::string>;

} // namespace

TEST_CASE("a server with the default ladder meets every expectation") {
    course good;
    good.burst_as_it_should_be();
    good.flood_as_it_should_be();
    CHECK(good.broken().empty());
    CHECK(*good.ladder.admitted_per_second() == Catch::Approx(5));
}

TEST_CASE("tokens that come back during a slow burst are allowed for") {
    course slow;
    slow.ladder.sent_burst(slow.at);
    slow.acks(30);
    slow.at += 350ms; // one token has come back, most of a second one as well
    slow.acks(10);
    slow.ladder.warned(slow.at);
    slow.acks(11);
    slow.ladder.refused(slow.at);
    slow.ladder.throttled(slow.at);
    slow.at -= 150ms;
    slow.delayed(3); // 400, 600 and 800 ms after the start
    slow.flood_as_it_should_be();
    CHECK(slow.broken().empty());
}

TEST_CASE("a server without limits breaks the ladder") {
    course none;
    none.ladder.sent_burst(none.at);
    none.acks(55);
    none.ladder.sent_flood(none.at);
    none.acks(1000);
    CHECK(none.broken() == names{"warnings", "refused before anything is delayed", "notices that frames are delayed",
                                 "time until the last frame of the burst is handled", "close code of the flood"});
}

TEST_CASE("each step out of place is found") {
    SECTION("warned too early") {
        course early;
        early.ladder.sent_burst(early.at);
        early.acks(30);
        early.ladder.warned(early.at);
        early.acks(20);
        early.ladder.refused(early.at);
        early.ladder.throttled(early.at);
        early.delayed(4);
        early.flood_as_it_should_be();
        CHECK(early.broken() == names{"acknowledged before the warning at 80 %"});
    }
    SECTION("refused below the limit") {
        course early;
        early.ladder.sent_burst(early.at);
        early.acks(39);
        early.ladder.warned(early.at);
        early.acks(5);
        early.ladder.refused(early.at);
        early.ladder.throttled(early.at);
        early.acks(6);
        early.delayed(4);
        early.flood_as_it_should_be();
        CHECK(early.broken() == names{"acknowledged before the refusal"});
    }
    SECTION("a frame without an answer") {
        course silent;
        silent.ladder.sent_burst(silent.at);
        silent.acks(39);
        silent.ladder.warned(silent.at);
        silent.acks(11);
        silent.ladder.refused(silent.at);
        silent.ladder.throttled(silent.at);
        silent.delayed(3);
        silent.at += 200ms;
        silent.flood_as_it_should_be();
        CHECK(silent.broken() ==
              names{"frames of the burst that were answered", "time until the last frame of the burst is handled"});
    }
    SECTION("twice the rate is admitted") {
        course fast;
        fast.burst_as_it_should_be();
        fast.ladder.sent_flood(fast.at);
        for (int i = 0; i < 30; ++i) {
            fast.at += 100ms;
            fast.ladder.acknowledged(fast.at);
        }
        fast.ladder.refused(fast.at);
        fast.ladder.closed(4008, fast.at);
        CHECK(fast.broken() == names{"messages per second that are admitted"});
    }
    SECTION("closed without a word, at once, with another code") {
        course rude;
        rude.burst_as_it_should_be();
        rude.ladder.sent_flood(rude.at);
        rude.ladder.closed(1008, rude.at + 100ms);
        CHECK(rude.broken() == names{"close code of the flood", "refusal before the close", "flood until the close"});
    }
}

TEST_CASE("a ladder that is set otherwise is judged by what it is set to") {
    // Warned at half of the limit, three refusals, delay from the fourth violation on, closed by the sixth.
    course other({.messages = 50, .window = 10s, .warning = 0.5, .throttle = 4, .close = 6});
    CHECK(other.ladder.burst() == 57);
    other.ladder.sent_burst(other.at);
    other.acks(24);
    other.ladder.warned(other.at);
    other.acks(26);
    for (int i = 0; i < 3; ++i) other.ladder.refused(other.at);
    other.ladder.throttled(other.at);
    other.delayed(4);
    other.ladder.sent_flood(other.at);
    other.delayed(10);
    other.ladder.refused(other.at);
    SECTION("as it says") {
        other.ladder.closed(4008, other.at);
        CHECK(other.broken().empty());
    }
    SECTION("closed a tenth of the window too late") {
        other.ladder.closed(4008, other.at + 3s);
        CHECK(other.broken() == names{"flood until the close"});
    }
}

TEST_CASE("a ladder without a close must not close") {
    course endless({.messages = 50, .window = 10s, .close = 0});
    endless.burst_as_it_should_be();
    endless.ladder.sent_flood(endless.at);
    endless.delayed(25);
    SECTION("and does not") { CHECK(endless.broken().empty()); }
    SECTION("but does") {
        endless.ladder.closed(4008, endless.at);
        CHECK(endless.broken() == names{"close code of the flood"});
    }
}

TEST_CASE("a ladder that delays at once refuses nothing before") {
    course strict({.messages = 50, .window = 10s, .throttle = 0, .close = 4});
    CHECK(strict.ladder.burst() == 54);
    strict.ladder.sent_burst(strict.at);
    strict.acks(39);
    strict.ladder.warned(strict.at);
    strict.acks(11);
    strict.ladder.throttled(strict.at);
    strict.delayed(4);
    strict.flood_as_it_should_be();
    CHECK(strict.broken().empty());
}

TEST_CASE("how long a climb takes is known before") {
    CHECK(rate_ladder({.messages = 50, .window = 10s}).climb_longest() == 800ms + 1s + 3s + 400ms + 1s);
    CHECK(rate_ladder({.messages = 100, .window = 60s}).climb_longest() > 20s);
}
