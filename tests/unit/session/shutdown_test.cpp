#include "tests/support/shard_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace wsd;
using namespace wsd::test;
using words = std::vector<std::string>;

namespace {

constexpr std::string_view noecho = R"("seq","cumack","noecho")";
constexpr milliseconds patience{10'000};

} // namespace

TEST_CASE("a connection with nothing in progress is told and closed at once", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const client silent = server.connect("bob");
    server.settle();
    (void)silent.take_words();
    server.begin_to_shut_down(patience);
    server.settle();
    CHECK(silent.take_words() == words{"SERVER_SHUTDOWN", "CLOSE(1001 SERVER_SHUTDOWN)"});
    const auto frames = anna.take();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].at("gracePeriodMs") == 10'000);
    CHECK(frames[0].at("reconnectAfterMs").as_int64() >= 1000);
    CHECK(frames[0].at("reconnectAfterMs").as_int64() <= 5000);
    CHECK(anna.wire().close_received());
    anna.wire().send_close(1001);
    server.settle();
    CHECK(anna.wire().ended());
}

TEST_CASE("the more connections all shards have, the longer clients take to come back", "[session]") {
    shard_fixture server;
    std::vector<client> clients;
    for (int i = 0; i < 20; ++i) clients.push_back(server.live("user" + std::to_string(i)));
    server.on_message(begin_shutdown{.deadline = server.time.now() + patience, .connections = 1'000'000});
    server.settle();
    std::int64_t longest = 0;
    for (const client& each : clients) {
        const auto told = each.take();
        REQUIRE(told.size() == 1);
        const std::int64_t wait = told[0].at("reconnectAfterMs").as_int64();
        CHECK(wait >= 1000);
        CHECK(wait <= 1'001'000);
        longest = std::max(longest, wait);
    }
    CHECK(longest > 100'000); // all of 20 below: once in 10^20
}

TEST_CASE("the requests in progress are answered, what comes later is not handled", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob");
    anna.send_message("bob", "in time");
    anna.send_message("bob", "too");
    server.step_shard();
    server.begin_to_shut_down(patience);
    server.step_shard();
    CHECK(anna.take_words() == words{"SERVER_SHUTDOWN"});
    anna.send_message("bob", "too late");
    server.step_shard();
    server.settle();
    CHECK(anna.take_words() == words{"MESSAGE_ACK(1)", "MESSAGE_ACK(2)", "CLOSE(1001 SERVER_SHUTDOWN)"});
    CHECK(bob.take_words() == words{"SERVER_SHUTDOWN", "CLOSE(1001 SERVER_SHUTDOWN)"});

    const client next = server.live("carl");
    next.send_message("bob", "probe");
    server.settle();
    CHECK(server.store.metrics().messages.load() == 3);
}

TEST_CASE("a frame that waits for its token is handled without waiting further", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    for (int i = 0; i < 103; ++i) anna.send_message("bob", "x");
    server.settle();
    (void)anna.take_words();
    server.begin_to_shut_down(patience);
    server.settle();
    CHECK(anna.take_words() == words{"SERVER_SHUTDOWN", "MESSAGE_ACK(101)", "CLOSE(1001 SERVER_SHUTDOWN)"});
}

TEST_CASE("a client that does not leave is aborted", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const client stuck = server.live("bob");
    stuck.wire().take_only(0);
    server.begin_to_shut_down(milliseconds(3000));
    server.settle();
    server.live_through(milliseconds(2980));
    CHECK_FALSE(anna.wire().aborted());
    CHECK_FALSE(stuck.wire().aborted());
    server.live_through(milliseconds(40));
    CHECK(anna.wire().ended());
    CHECK(stuck.wire().ended());
    CHECK(server.home().connections.count() == 0);
}

TEST_CASE("a client that takes its output late, but before the end, is told by the close frame", "[session]") {
    shard_fixture server;
    const client slow = server.live("anna");
    slow.wire().take_only(0);
    server.begin_to_shut_down(milliseconds(60'000));
    server.settle();
    server.live_through(milliseconds(15'000));
    CHECK_FALSE(slow.wire().aborted());
    slow.wire().take_all();
    server.settle();
    CHECK(slow.take_words() == words{"SERVER_SHUTDOWN", "CLOSE(1001 SERVER_SHUTDOWN)"});
    server.live_through(milliseconds(4960)); // it has the close frame now, and does not answer
    CHECK_FALSE(slow.wire().aborted());
    server.live_through(milliseconds(60));
    CHECK(slow.wire().ended());
}
