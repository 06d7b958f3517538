#include "tests/support/shard_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>

using namespace wsd;
using namespace wsd::test;
using words = std::vector<std::string>;

namespace {

constexpr std::string_view noecho = R"("seq","cumack","noecho")";

void send_burst(const client& from, int count) {
    for (int i = 0; i < count; ++i) from.send_message("bob", "x");
}

words acknowledgements(int first, int last) {
    words out;
    for (int seq = first; seq <= last; ++seq) out.push_back("MESSAGE_ACK(" + std::to_string(seq) + ")");
    return out;
}

} // namespace

TEST_CASE("a burst beyond the limit climbs the ladder: warned, refused, delayed", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    const timestamp begin = server.time.wall_ms();
    // Whole milliseconds that are not in the past: up to one more than the exact time.
    const auto is_at = [begin](const boost::json::object& frame, std::int64_t ms) {
        const std::int64_t at = frame.at("resetAt").as_int64() - begin;
        return at == ms || at == ms + 1;
    };
    send_burst(anna, 105);
    server.settle();
    const auto frames = anna.take();
    REQUIRE(frames.size() == 103);
    for (std::size_t i = 0; i < 101; ++i) {
        CAPTURE(i);
        CHECK(frames[i].at("type") == (i == 79 ? "RATE_LIMIT_WARNING" : "MESSAGE_ACK"));
    }
    const auto& warning = frames[79];
    CHECK(warning.at("limit") == 100);
    CHECK(warning.at("remaining") == 20);
    CHECK(warning.at("retryAfterMs") == 600);
    CHECK(is_at(warning, 600));

    const auto& refused = frames[101];
    CHECK(refused.at("type") == "ERROR");
    CHECK(refused.at("code") == "RATE_LIMIT_EXCEEDED");
    CHECK(refused.at("retryable") == true);
    CHECK(refused.at("remaining") == 0);
    CHECK(refused.at("retryAfterMs") == 600);
    CHECK(is_at(refused, 600));
    CHECK_FALSE(refused.contains("throttled"));

    const auto& throttled = frames[102];
    CHECK(throttled.at("code") == "RATE_LIMIT_EXCEEDED");
    CHECK(throttled.at("throttled") == true);
    CHECK(throttled.at("retryable") == false);
    CHECK(throttled.at("remaining") == 0);
    CHECK(throttled.at("retryAfterMs") == 600);
    CHECK(is_at(throttled, 600));

    for (int delayed = 1; delayed <= 4; ++delayed) {
        server.advance(milliseconds(599));
        CHECK(anna.take_words() == words{});
        server.advance(milliseconds(1));
        CHECK(anna.take_words() == acknowledgements(100 + delayed, 100 + delayed));
    }
    server.live_through(milliseconds(10'000));
    CHECK(anna.take_words() == words{});
}

TEST_CASE("a client that goes on beyond the limit without a pause is closed after 18 seconds", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    send_burst(anna, 200);
    server.settle();
    (void)anna.take_words();
    server.live_through(milliseconds(17'900));
    words got = anna.take_words();
    CHECK(got == acknowledgements(101, 129));
    server.live_through(milliseconds(140));
    got = anna.take_words(); // with one more whose token came at the very end
    REQUIRE(got.size() >= 2);
    CHECK(words(got.end() - 2, got.end()) == words{"ERROR(RATE_LIMIT_EXCEEDED)", "CLOSE(4008 RATE_LIMIT)"});
}

TEST_CASE("a client that waits as it was told is never throttled", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    send_burst(anna, 101);
    server.settle();
    CHECK(anna.take_words().back() == "ERROR(RATE_LIMIT_EXCEEDED)");
    for (int i = 1; i <= 20; ++i) {
        server.advance(milliseconds(600));
        anna.send_message("bob", "x");
        server.settle();
        CHECK(anna.take_words() == acknowledgements(100 + i, 100 + i));
    }
}

TEST_CASE("the limit is the user's, not the connection's", "[session]") {
    shard_fixture server;
    const client phone = server.live("anna", noecho);
    const client laptop = server.live("anna", noecho);
    const client carl = server.live("carl", noecho);
    send_burst(phone, 100);
    server.settle();
    (void)laptop.take_words();
    laptop.send_message("bob", "x");
    carl.send_message("bob", "x");
    server.settle();
    CHECK(laptop.take_words() == words{"ERROR(RATE_LIMIT_EXCEEDED)"});
    CHECK(carl.take_words() == words{"MESSAGE_ACK(1)"});
}

TEST_CASE("a connection that ends while its frame waits leaves nothing behind", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob");
    send_burst(anna, 103);
    server.settle();
    (void)anna.take_words();
    CHECK(server.home().rates.count_waiting() == 1);
    SECTION("because what is written finds nobody") {
        anna.wire().reset();
        bob.send_message("anna", "x");
        server.settle();
    }
    SECTION("because it is closed, and the peer has answered") {
        server.exclude(revocation{.user = {"anna"}});
        server.settle();
        CHECK(anna.take_words().back() == "CLOSE(4001 SESSION_REVOKED)");
        anna.wire().send_close(4001);
        server.settle();
    }
    CHECK(anna.wire().ended()); // no time has passed
    CHECK(server.home().rates.count_waiting() == 0);
    CHECK(server.home().connections.count() == 1);
}

TEST_CASE("a flood is closed also when other frames are in it", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    send_burst(anna, 101);
    for (int i = 0; i < 60; ++i) {
        anna.send_message("bob", "x");
        anna.send(GENERATE(R"({"type":"PING"})", R"({"type":"MESSAGE_SEND"})"));
    }
    server.settle();
    (void)anna.take_words();
    server.live_through(milliseconds(17'900));
    CHECK_FALSE(anna.wire().close_received());
    server.live_through(milliseconds(200));
    CHECK(anna.take_words().back() == "CLOSE(4008 RATE_LIMIT)");
}

TEST_CASE("users whom nothing tells from new ones are forgotten although nobody sends anything", "[session]") {
    shard_fixture server;
    for (int i = 0; i < 50; ++i) server.live("user-" + std::to_string(i)).send(R"({"type":"PING"})");
    server.settle();
    CHECK(server.home().rates.count_users() == 50);
    server.live_through(server.options.rate_limit_window_ms + milliseconds(100));
    CHECK(server.home().rates.count_users() == 0);
}

TEST_CASE("the last of too many malformed messages ends the connection", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    anna.send("no json");
    anna.wire().send_binary("octets");
    anna.send("[]");
    anna.send(R"({"type":"PING","type":"PING"})");
    anna.send(R"({"type":"MESSAGE_SEND"})"); // a mistake of a working client: not counted
    server.settle();
    CHECK(anna.take_words() == words{"ERROR(INVALID_JSON)", "ERROR(UNSUPPORTED_FORMAT)",
                                     "MESSAGE_ERROR(INVALID_PAYLOAD)", "MESSAGE_ERROR(INVALID_PAYLOAD)",
                                     "MESSAGE_ERROR(INVALID_PAYLOAD)"});
    SECTION("within the window") {
        anna.send("");
        server.settle();
        CHECK(anna.take_words() ==
              words{"ERROR(INVALID_JSON)", "ERROR(TOO_MANY_INVALID_FRAMES)", "CLOSE(1008 MALFORMED)"});
    }
    SECTION("but not later") {
        server.live_through(server.options.rate_limit_window_ms + milliseconds(20));
        anna.send("");
        server.settle();
        CHECK(anna.take_words() == words{"ERROR(INVALID_JSON)"});
    }
}

TEST_CASE("an unknown type is answered with what it was, cut short", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    anna.send(R"({"type":")" + std::string(100, 'X') + R"(","correlationId":"c"})");
    server.settle();
    const auto frames = anna.take();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].at("code") == "UNKNOWN_TYPE");
    CHECK(frames[0].at("correlationId") == "c");
    CHECK(std::string(frames[0].at("receivedType").as_string()) == std::string(64, 'X'));
}
