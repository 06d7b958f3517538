#include "common/state/rate_limit_store.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

namespace {

using namespace wsd;
using namespace std::chrono_literals;

const user_id alice{"alice"};
const user_id bob{"bob"};
const steady_time start{1000h};

connection_id connection(std::uint32_t number) { return {.slot = number, .generation = number}; }

struct limits {
    rate_limit_store store;
    steady_time now = start;

    explicit limits(rate_limit_store::options o = {}) : store(o) {}

    rate_decision charge(const user_id& user, std::uint32_t connection_number = 1,
                         rate_bucket bucket = rate_bucket::main, bool queued = false) {
        return store.charge(user, {.connection = connection(connection_number), .bucket = bucket, .queued = queued},
                            now);
    }
    // What a decision says, for comparing: "handle", "handle, warning 20 600ms", "refuse 600ms v1", "delay 600ms,
    // notice".
    std::string say(const rate_decision& d) const {
        static const char* const names[] = {"handle", "refuse", "delay", "close"};
        std::string text = names[static_cast<int>(d.verdict)];
        if (d.retry_after.count() > 0) text += " " + std::to_string(d.retry_after.count()) + "ms";
        if (d.violation > 0) text += " v" + std::to_string(d.violation);
        if (d.notify_throttled) text += ", notice";
        if (d.warning)
            text += ", warning " + std::to_string(d.warning->remaining) + " " +
                    std::to_string(d.warning->retry_after.count()) + "ms";
        return text;
    }
    std::string send(const user_id& user, std::uint32_t connection_number = 1) {
        return say(charge(user, connection_number));
    }
    void spend(const user_id& user, int frames) {
        for (int i = 0; i < frames; ++i) REQUIRE(charge(user).verdict == rate_verdict::handle);
    }
    // "1 2x" = connection 1 is handled, connection 2 is closed.
    std::string due_at(milliseconds offset) {
        now = start + offset;
        std::string text;
        for (const rate_event& e : store.take_due(now)) {
            text += (text.empty() ? "" : " ") + std::to_string(e.connection.slot);
            if (e.verdict == rate_verdict::close) text += "x";
        }
        return text;
    }
};

} // namespace

TEST_CASE("the documented burst of 105 frames is warned of, refused and delayed to the millisecond") {
    limits l;
    for (int frame = 1; frame <= 79; ++frame) REQUIRE(l.send(alice) == "handle");
    CHECK(l.send(alice) == "handle, warning 20 600ms");
    for (int frame = 81; frame <= 100; ++frame) REQUIRE(l.send(alice) == "handle");
    CHECK(l.send(alice) == "refuse 600ms v1");
    CHECK(l.send(alice) == "delay 600ms v2, notice");
    for (int frame = 103; frame <= 105; ++frame) {
        const milliseconds turn = (frame - 102) * 600ms;
        CHECK(l.due_at(turn - 1ms).empty());
        CHECK(l.store.next_due() == start + turn);
        CHECK(l.due_at(turn) == "1");
        CHECK(l.say(l.charge(alice, 1, rate_bucket::main, true)) == "delay 600ms");
    }
    CHECK(l.due_at(2400ms) == "1");
    CHECK(l.store.next_due() == std::nullopt);
}

TEST_CASE("a flood that goes on through an episode is closed after three tenths of the window") {
    for (const milliseconds handling : {0ms, 5ms}) {
        CAPTURE(handling);
        limits l;
        l.spend(alice, 100);
        CHECK(l.send(alice) == "refuse 600ms v1");
        CHECK(l.send(alice) == "delay 600ms v2, notice");
        milliseconds end{0};
        int handled = 0;
        for (milliseconds t = 1ms; t < 60s && end == 0ms; t += 1ms) {
            const std::string due = l.due_at(t);
            if (due.empty()) continue;
            if (due == "1x") {
                end = t;
                break;
            }
            ++handled;
            l.now += handling;
            const rate_decision d = l.charge(alice, 1, rate_bucket::main, true);
            if (d.verdict == rate_verdict::close) {
                CHECK(d.violation == 5);
                CHECK(d.retry_after >= 1ms);
                end = t;
            }
        }
        CHECK(handled == 30);
        CHECK(end >= 18s);
        CHECK(end <= 18s + 30 * handling + 600ms * (handling == 0ms ? 0 : 1));
    }
}

TEST_CASE("a client that sends its next frame when it has the answer is delayed but never closed") {
    limits l;
    l.spend(alice, 100);
    (void)l.send(alice);
    CHECK(l.send(alice) == "delay 600ms v2, notice");
    int handled = 0;
    for (milliseconds t = 1ms; t < 120s; t += 1ms) {
        if (l.due_at(t).empty()) continue;
        ++handled;
        l.now += 1ms;
        REQUIRE(l.charge(alice).verdict == rate_verdict::delay);
    }
    CHECK(handled == 199);
}

TEST_CASE("a client that waits for resetAt and then keeps the pace is never throttled") {
    limits l;
    l.spend(alice, 100);
    const rate_decision refused = l.charge(alice);
    REQUIRE(refused.verdict == rate_verdict::refuse);
    l.now += refused.retry_after;
    for (int i = 0; i < 200; ++i, l.now += 600ms) REQUIRE(l.charge(alice).verdict == rate_verdict::handle);
}

TEST_CASE("an episode ends when a frame finds a token, and the next one is a violation again") {
    limits l;
    l.spend(alice, 100);
    (void)l.send(alice);
    CHECK(l.send(alice) == "delay 600ms v2, notice");
    CHECK(l.due_at(600ms) == "1");
    l.now = start + 900ms;
    CHECK(l.send(alice) == "delay 300ms");
    CHECK(l.due_at(1200ms) == "1");
    l.now = start + 1800ms;
    CHECK(l.send(alice) == "handle");
    CHECK(l.send(alice) == "delay 600ms v3, notice");
}

TEST_CASE("an episode goes on when a frame that lay waiting is looked at late") {
    limits l;
    l.spend(alice, 100);
    (void)l.send(alice);
    CHECK(l.send(alice) == "delay 600ms v2, notice");
    CHECK(l.due_at(2000ms) == "1"); // busy for two tokens' time
    CHECK(l.say(l.charge(alice, 1, rate_bucket::main, true)) == "handle");
    CHECK(l.say(l.charge(alice, 1, rate_bucket::main, true)) == "handle");
    CHECK(l.say(l.charge(alice, 1, rate_bucket::main, true)) == "delay 400ms");
    CHECK(l.due_at(2400ms) == "1");
    CHECK(l.say(l.charge(alice, 1, rate_bucket::main, true)) == "delay 600ms");
    // Waiting: 600, 400 and 600 ms; the rest of the time nobody waited for a token.
    l.now = start + 2400ms + 4399ms;
    CHECK(l.store.next_due() == start + 3000ms);
}

TEST_CASE("frames of the other bucket neither end an episode nor are delayed by it") {
    limits l;
    l.spend(alice, 100);
    (void)l.send(alice);
    CHECK(l.send(alice) == "delay 600ms v2, notice");
    CHECK(l.say(l.charge(alice, 2, rate_bucket::control)) == "handle");
    CHECK(l.send(alice, 3) == "delay 1200ms");
}

TEST_CASE("violations are forgotten after a window without one") {
    limits l({.violations_before_throttle = 9});
    l.spend(alice, 100);
    CHECK(l.send(alice) == "refuse 600ms v1");
    l.now += 59'999ms;
    l.spend(alice, 99);
    CHECK(l.send(alice) == "refuse 1ms v2");
    l.now += 60s;
    l.spend(alice, 100);
    CHECK(l.send(alice) == "refuse 600ms v1");
}

TEST_CASE("the violation that reaches the maximum closes, whatever would come else") {
    limits reject({.mode = rate_limit_mode::reject});
    reject.spend(alice, 100);
    for (int n = 1; n <= 4; ++n) CHECK(reject.send(alice) == "refuse 600ms v" + std::to_string(n));
    CHECK(reject.send(alice) == "close 600ms v5");
    CHECK(reject.send(alice, 2) == "close 600ms v6");
    reject.now += 600ms;
    CHECK(reject.send(alice, 2) == "handle");

    limits strict({.violations_max = 1});
    strict.spend(alice, 100);
    CHECK(strict.send(alice) == "close 600ms v1");

    limits never({.mode = rate_limit_mode::reject, .violations_max = 0});
    never.spend(alice, 100);
    for (int n = 0; n < 1000; ++n) REQUIRE(never.charge(alice).verdict == rate_verdict::refuse);
}

TEST_CASE("without violations before throttling the first frame over the limit is delayed") {
    limits l({.violations_before_throttle = 0});
    l.spend(alice, 100);
    CHECK(l.send(alice) == "delay 600ms v1, notice");
}

TEST_CASE("waiting frames of several connections are served in order of arrival") {
    limits l({.violations_before_throttle = 1});
    l.spend(alice, 100);
    CHECK(l.send(alice, 3) == "delay 600ms v1, notice");
    CHECK(l.send(alice, 1) == "delay 1200ms");
    CHECK(l.send(alice, 2) == "delay 1800ms");
    CHECK(l.due_at(700ms) == "3");
    CHECK(l.send(alice, 3) == "delay 1700ms");
    CHECK(l.due_at(2400ms) == "1 2 3");

    SECTION("a frame that comes when a token is there but others have not been served yet goes behind them") {
        CHECK(l.send(alice, 1) == "delay 600ms");
        l.now = start + 3600ms;
        CHECK(l.send(alice, 2) == "delay 1ms");
        CHECK(l.due_at(3600ms) == "1 2");
    }
}

TEST_CASE("a frame that waits no longer gives its token to those behind it") {
    limits l({.violations_before_throttle = 1});
    l.spend(alice, 100);
    for (const std::uint32_t c : {1U, 2U, 3U}) (void)l.send(alice, c);
    CHECK(l.store.count_waiting() == 3);
    CHECK(l.store.cancel(alice, connection(1)));
    CHECK_FALSE(l.store.cancel(alice, connection(1)));
    CHECK_FALSE(l.store.cancel(bob, connection(1)));
    CHECK(l.store.next_due() == start + 600ms);
    CHECK(l.due_at(600ms) == "2");
    CHECK(l.store.cancel(alice, connection(3)));
    CHECK(l.store.count_waiting() == 0);
    CHECK(l.due_at(1200ms).empty());
    CHECK(l.send(alice, 4) == "handle");
}

TEST_CASE("while connections take turns in waiting the tenths of the window count, and only one is closed") {
    limits l({.violations_before_throttle = 1, .violations_max = 3});
    l.spend(alice, 100);
    CHECK(l.send(alice, 1) == "delay 600ms v1, notice");
    CHECK(l.send(alice, 2) == "delay 1200ms");
    std::uint32_t turn = 1;
    for (int k = 1; k < 20; ++k) {
        REQUIRE(l.due_at(k * 600ms) == std::to_string(turn));
        REQUIRE(l.charge(alice, turn).verdict == rate_verdict::delay);
        turn = 3 - turn;
    }
    CHECK(l.due_at(11'999ms).empty());
    CHECK(l.store.next_due() == start + 12s);
    // At 12 s the token comes first; then the mark closes the one that has waited longest and the other gets its place.
    CHECK(l.due_at(12s) == "2 1x");
    CHECK(l.store.count_waiting() == 0);
}

TEST_CASE("a pause in the waiting begins a new tenth of the window") {
    limits l({.messages = 10, .window = 10s, .violations_before_throttle = 1, .violations_max = 2});
    l.spend(alice, 10);
    CHECK(l.send(alice) == "delay 1000ms v1, notice");
    CHECK(l.due_at(1000ms) == "1");
    l.now = start + 1001ms;
    CHECK(l.send(alice) == "delay 999ms");
    CHECK(l.due_at(2000ms) == "1");
    CHECK(l.say(l.charge(alice, 1, rate_bucket::main, true)) == "delay 1000ms");
    CHECK(l.store.next_due() == start + 2001ms);
    CHECK(l.due_at(2001ms) == "1x");
}

TEST_CASE("a warning comes once, and again after the use was below half the threshold") {
    limits l({.messages = 10, .window = 10s});
    l.spend(alice, 7);
    CHECK(l.send(alice) == "handle, warning 2 1000ms");
    CHECK(l.send(alice) == "handle");
    l.now += 1500ms;
    CHECK(l.send(alice) == "handle");
    l.now += 5500ms;
    CHECK(l.send(alice) == "handle"); // used 4: not below half of 8
    l.spend(alice, 5);
    l.now += 7s;
    CHECK(l.send(alice) == "handle"); // used 3
    l.spend(alice, 4);
    CHECK(l.send(alice) == "handle, warning 2 1000ms");
}

TEST_CASE("a threshold that a double can't hold is met exactly") {
    for (const auto& [threshold, frame] : {std::pair(0.07, 7), std::pair(0.29, 29), std::pair(0.57, 57),
                                           std::pair(1.0, 100), std::pair(0.801, 81), std::pair(0.0001, 1)}) {
        limits l({.warning_threshold = threshold});
        l.spend(alice, frame - 1);
        CAPTURE(threshold);
        CHECK(l.charge(alice).warning.has_value());
    }
}

TEST_CASE("control holds ten times as many and never warns, but counts violations together with main") {
    limits l;
    for (int i = 0; i < 1000; ++i) {
        const rate_decision d = l.charge(alice, 1, rate_bucket::control);
        REQUIRE(l.say(d) == "handle");
    }
    CHECK(l.say(l.charge(alice, 1, rate_bucket::control)) == "refuse 60ms v1");
    l.spend(alice, 100);
    CHECK(l.send(alice) == "delay 600ms v2, notice");
}

TEST_CASE("room administration refuses without violation") {
    limits l;
    for (int i = 0; i < 20; ++i) REQUIRE(l.say(l.charge(alice, 1, rate_bucket::room_administration)) == "handle");
    for (int i = 0; i < 20; ++i)
        REQUIRE(l.say(l.charge(alice, 1, rate_bucket::room_administration)) == "refuse 3000ms");
    CHECK(l.send(alice) == "handle");
}

TEST_CASE("a retry time is never 0 and whoever obeys it is served, for any limit and window") {
    for (const std::uint32_t messages : {1U, 3U, 7U, 100U, 999'983U, 10'000'000U})
        for (const milliseconds window : {1ms, 7ms, 60'000ms, 86'400'000ms}) {
            CAPTURE(messages, window.count());
            limits l({.messages = messages, .window = window, .mode = rate_limit_mode::reject, .violations_max = 0});
            std::uint32_t sent = 0;
            rate_decision d = l.charge(alice);
            for (; sent < 200'000 && d.verdict == rate_verdict::handle; ++sent) d = l.charge(alice);
            if (messages > 200'000) continue;
            CHECK(sent == messages);
            for (int i = 0; i < 20; ++i) {
                REQUIRE(d.verdict == rate_verdict::refuse);
                REQUIRE(d.retry_after >= 1ms);
                l.now += d.retry_after;
                int served = 0;
                for (d = l.charge(alice); d.verdict == rate_verdict::handle; d = l.charge(alice)) ++served;
                REQUIRE(served >= 1);
            }
        }
}

TEST_CASE("users don't share limits, and are forgotten when nothing tells them from new ones") {
    limits l({.users_max = 50});
    l.spend(alice, 100);
    CHECK(l.send(bob) == "handle");
    l.now += 59s;
    l.store.expire(l.now, 10);
    CHECK(l.store.count_users() == 2);
    l.now += 2s;
    l.store.expire(l.now, 10);
    CHECK(l.store.count_users() == 0);
    for (int i = 0; i < 1000; ++i) REQUIRE(l.send({"user-" + std::to_string(i)}) == "handle");
    CHECK(l.store.count_users() == 50);
}

TEST_CASE("a user with a waiting frame is not pushed out by newer ones") {
    limits l({.messages = 1, .violations_before_throttle = 1, .violations_max = 0, .users_max = 3});
    (void)l.send(alice);
    CHECK(l.charge(alice).verdict == rate_verdict::delay);
    for (int i = 0; i < 100; ++i) (void)l.send({"user-" + std::to_string(i)}, 9);
    CHECK(l.store.count_users() == 3);
    CHECK(l.due_at(60s) == "1");
}
