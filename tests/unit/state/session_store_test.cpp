#include "common/state/session_store.hpp"

#include <catch_amalgamated.hpp>

#include <map>
#include <random>

namespace {

using namespace wsd;
using namespace std::chrono_literals;

const user_id alice{"alice"};
const user_id bob{"bob"};
const session_id phone{"phone"};
const steady_time start{1000h};

} // namespace

TEST_CASE("a session is a reconnect for five minutes after one of its connections ended") {
    session_store s({});
    CHECK_FALSE(s.connected(alice, phone, start).is_reconnect);
    CHECK_FALSE(s.connected(alice, phone, start).is_reconnect);
    s.disconnected(alice, phone, start + 1s);
    CHECK(s.connected(alice, phone, start + 2s) == session_store::connected_session{true, 2});
    CHECK_FALSE(s.connected(bob, phone, start + 2s).is_reconnect);
    CHECK_FALSE(s.connected(alice, {"desk"}, start + 2s).is_reconnect);
    CHECK(s.connected(alice, phone, start + 5min + 1s).is_reconnect);
    CHECK(s.connected(alice, phone, start + 5min + 1001ms) == session_store::connected_session{false, 4});
}

TEST_CASE("user and session are told apart however the text is split") {
    session_store s({});
    s.connected({"ab"}, {"c"}, start);
    s.disconnected({"ab"}, {"c"}, start);
    CHECK_FALSE(s.connected({"a"}, {"bc"}, start).is_reconnect);
}

TEST_CASE("sessions without connections are forgotten by age and by number") {
    session_store s({.remembered_max = 10});
    for (int i = 0; i < 1000; ++i) {
        const session_id session{std::to_string(i)};
        s.connected(alice, session, start);
        s.disconnected(alice, session, start);
    }
    CHECK(s.count_known() == 10);
    CHECK(s.count_open() == 0);
    CHECK_FALSE(s.connected(alice, {"5"}, start).is_reconnect);
    CHECK(s.connected(alice, {"995"}, start).is_reconnect);
    s.expire(start + 1h);
    CHECK(s.count_known() == 2);
    CHECK(s.count_open() == 2);
}

TEST_CASE("the session store behaves like a table of last endings under random use") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    session_store s({});
    struct row {
        std::uint32_t connections = 0;
        steady_time ended = steady_time::min();
    };
    std::map<std::pair<int, int>, row> model;
    steady_time now = start;
    for (int step = 0; step < 50'000; ++step) {
        now += milliseconds(random() % 4000);
        const auto key = std::pair(static_cast<int>(random() % 20), static_cast<int>(random() % 3));
        const user_id user{std::to_string(key.first)};
        const session_id session{std::to_string(key.second)};
        row& r = model[key];
        if (r.connections > 0 && random() % 2 == 0) {
            s.disconnected(user, session, now);
            --r.connections;
            r.ended = now;
        } else {
            const bool recent = r.ended != steady_time::min() && now - r.ended <= 5min;
            REQUIRE(s.connected(user, session, now) == session_store::connected_session{recent, ++r.connections});
        }
        std::size_t open = 0, known = 0;
        for (const auto& [k, m] : model) {
            open += m.connections > 0 ? 1 : 0;
            known += m.connections > 0 || (m.ended != steady_time::min() && now - m.ended <= 5min) ? 1 : 0;
        }
        REQUIRE(s.count_open() == open);
        REQUIRE(s.count_known() == known);
    }
}
