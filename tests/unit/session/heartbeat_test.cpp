#include "common/config/option_table.hpp"
#include "server/session/deadlines.hpp"
#include "server/session/shard_events.hpp"
#include "tests/support/shard_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>

using namespace wsd;
using namespace wsd::test;
using words = std::vector<std::string>;

namespace {

shard_fixture::surroundings with_heartbeat() { return {.options = default_settings()}; } // 30 s, 60 s

long pings_in(const words& arrived) { return std::count(arrived.begin(), arrived.end(), "PING"); }

} // namespace

TEST_CASE("a client is pinged once in every interval", "[session]") {
    shard_fixture server(with_heartbeat());
    const client anna = server.live("anna");
    for (int interval = 0; interval < 4; ++interval) {
        server.live_through(server.options.heartbeat_interval);
        CHECK(pings_in(anna.take_words()) == 1);
        anna.wire().send_pong();
    }
    CHECK_FALSE(anna.wire().aborted());
}

TEST_CASE("a client that is silent beyond the timeout is dropped within a second", "[session]") {
    shard_fixture server(with_heartbeat());
    const client anna = server.live("anna");
    server.live_through(server.options.heartbeat_timeout - milliseconds(20));
    CHECK_FALSE(anna.wire().aborted());
    server.live_through(milliseconds(1020));
    CHECK(anna.wire().aborted());
    CHECK(anna.wire().ended());
    CHECK(pings_in(anna.take_words()) >= 1);
    CHECK(server.presence_news == words{"opened anna", "ended anna"});
}

TEST_CASE("any octet is a sign of life", "[session]") {
    shard_fixture server(with_heartbeat());
    const client anna = server.live("anna");
    server.live_through(milliseconds(50'000));
    anna.wire().send_pong();
    server.live_through(milliseconds(50'000));
    CHECK_FALSE(anna.wire().aborted());
    anna.send(R"({"type":"PING"})");
    server.live_through(milliseconds(59'000));
    CHECK_FALSE(anna.wire().aborted());
    server.live_through(milliseconds(2000));
    CHECK(anna.wire().aborted());
}

TEST_CASE("a deadline is kept however often the output is blocked", "[session]") {
    shard_fixture::surroundings around = with_heartbeat();
    around.options.jwt_leeway_s = std::chrono::seconds(0);
    shard_fixture server(around);
    const client anna = server.live("anna");
    const client bob = server.connect("bob", "default", server.time.wall_ms() + 70'000);
    bob.send_hello();
    server.settle();
    bob.wire().take_only(0);
    for (int i = 0; i < 3; ++i) anna.send_message("bob", std::string(10'000, 'x'));
    server.settle();
    for (int step = 0; step < 71 * 200; ++step) {
        server.time.advance(milliseconds(5));
        server.home().time.expire();
        if (step % 4 == 0) tick(server.home());
        if (step % 4000 == 0) bob.wire().send_pong();
        bob.wire().take_only(1);
        server.settle();
    }
    CHECK(bob.wire().unsent() > 0);
    bob.wire().take_all();
    server.settle();
    const words got = bob.take_words();
    CHECK(pings_in(got) >= 2); // the first at a random time
    CHECK(pings_in(got) <= 3);
    CHECK(got.back() == "CLOSE(4002 TOKEN_EXPIRED)");
}

TEST_CASE("while a frame is delayed the client's silence does not count", "[session]") {
    shard_fixture::surroundings around = with_heartbeat();
    around.options.rate_limit_messages = 1;
    around.options.rate_limit_window_ms = milliseconds(100'000);
    around.options.violations_before_throttle = 0;
    around.options.max_violations = 0;
    shard_fixture server(around);
    const client anna = server.live("anna", R"("seq","cumack","noecho")");
    for (int i = 0; i < 2; ++i) anna.send_message("bob", "x");
    server.live_through(milliseconds(99'900));
    CHECK_FALSE(anna.wire().aborted());
    server.live_through(milliseconds(40'000));
    const words got = anna.take_words();
    CHECK(std::count(got.begin(), got.end(), "MESSAGE_ACK(2)") == 1);
    CHECK_FALSE(anna.wire().aborted());
    server.live_through(milliseconds(40'000));
    CHECK(anna.wire().aborted());
}

TEST_CASE("a message has thirty seconds from its first octet, whatever the heartbeat", "[session]") {
    shard_fixture server; // with pings every five hours
    const client anna = server.live("anna");
    server.live_through(server.options.hello_timeout + milliseconds(1000)); // no look at it is due any more
    anna.wire().send_part();
    server.live_through(milliseconds(29'000));
    anna.wire().send_part();
    server.live_through(milliseconds(980));
    CHECK(anna.take_words() == words{});
    server.live_through(milliseconds(60));
    CHECK(anna.take_words() == words{"CLOSE(1008 MESSAGE_TIMEOUT)"});
}

TEST_CASE("a message that is completed in time begins no deadline", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    anna.wire().send_part();
    server.live_through(milliseconds(29'000));
    anna.send(R"({"type":"PING"})");
    server.live_through(milliseconds(60'000));
    CHECK(anna.take_words() == words{"PONG"});
}

TEST_CASE("a connection ends with its token", "[session]") {
    shard_fixture server;
    const client anna = server.connect("anna", "default", server.time.wall_ms() + 10'000);
    anna.send_hello();
    server.settle();
    (void)anna.take_words();
    server.live_through(milliseconds(10'000 + 29'900)); // the leeway is 30 s
    CHECK(anna.take_words() == words{});
    server.live_through(milliseconds(700));
    CHECK(anna.take_words() == words{"CLOSE(4002 TOKEN_EXPIRED)"});
}

TEST_CASE("a token ends as soon as the wall clock was set to a time behind its end", "[session]") {
    shard_fixture server;
    const client bob = server.live("bob"), anna = server.connect("anna", "default", server.time.wall_ms() + 3'600'000);
    anna.send_hello();
    server.settle();
    (void)anna.take_words();
    milliseconds wall_lead{};
    notice_clock_step(server.home(), wall_lead); // the first call knows of no time before
    const milliseconds lead = wall_lead;
    server.time.advance(std::chrono::hours(2)); // the wheel hears nothing of it
    server.home().time.expire();
    notice_clock_step(server.home(), wall_lead);
    server.step_shard();
    CHECK(wall_lead == lead);
    CHECK(anna.take_words() == words{});
    wall_lead -= std::chrono::hours(1);
    notice_clock_step(server.home(), wall_lead);
    server.step_shard();
    CHECK(wall_lead == lead);
    CHECK(anna.take_words() == words{"CLOSE(4002 TOKEN_EXPIRED)"});
    CHECK(bob.take_words() == words{}); // has no end
}

TEST_CASE("a client that closes is answered with its code", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    anna.wire().send_close(1000);
    bob.wire().send_close(1005);
    server.settle();
    CHECK(anna.take_words() == words{"CLOSE(1000)"});
    CHECK(bob.take_words() == words{"CLOSE(1000)"});
    CHECK(anna.wire().ended());
    CHECK(bob.wire().ended());
    CHECK(server.presence_news == words{"opened anna", "opened bob", "left anna", "ended bob"});
}

TEST_CASE("what the stream violates is told by the code of the close", "[session]") {
    struct row {
        inbound_kind kind;
        std::string_view close;
    };
    const auto [kind, close] =
        GENERATE(row{inbound_kind::protocol_error, "CLOSE(1002 "}, row{inbound_kind::invalid_utf8, "CLOSE(1007 "},
                 row{inbound_kind::too_large, "CLOSE(1009 PAYLOAD_TOO_LARGE)"},
                 row{inbound_kind::fragment_limit, "CLOSE(1008 FRAGMENT_LIMIT)"},
                 row{inbound_kind::control_flood, "CLOSE(1008 CONTROL_FLOOD)"});
    shard_fixture server;
    const client anna = server.live("anna");
    anna.wire().send_violation(kind);
    server.settle();
    const auto arrived = anna.take_words();
    REQUIRE(arrived.size() == 1);
    CHECK_THAT(arrived[0], Catch::Matchers::StartsWith(std::string(close)));
    CHECK(anna.wire().half_closed());
    CHECK_FALSE(anna.wire().ended());
    server.live_through(milliseconds(5100));
    CHECK(anna.wire().ended());
}
