#include "tests/support/shard_fixture.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd;
using namespace wsd::test;
using words = std::vector<std::string>;

namespace {

void type_to(const client& from, const std::string& target, std::string_view action = "START") {
    from.send(R"({"type":"TYPING_)" + std::string(action) + R"(","correlationId":"t","targetUserId":")" + target +
              "\"}");
}

} // namespace

TEST_CASE("typing goes to every live connection of the target, and to nobody else", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const client other_tab = server.live("anna");
    const client bob = server.live("bob");
    const client phone = server.live("bob");
    const client carl = server.live("carl");
    const client silent = server.connect("bob"); // has not said HELLO
    type_to(anna, "bob");
    server.settle();
    for (const client& receiver : {bob, phone}) {
        const auto frames = receiver.take();
        REQUIRE(frames.size() == 1);
        CHECK(frames[0].at("type") == "TYPING_START");
        CHECK(frames[0].at("userId") == "anna");
        CHECK(frames[0].at("targetUserId") == "bob");
        CHECK(frames[0].at("timestamp") == server.time.wall_ms());
        CHECK(frames[0].size() == 4);
    }
    type_to(anna, "bob", "STOP");
    server.settle();
    CHECK(bob.take_words() == words{"TYPING_STOP"});
    CHECK(anna.take_words() == words{});
    CHECK(other_tab.take_words() == words{});
    CHECK(carl.take_words() == words{});
    CHECK(silent.take_words() == words{"CONNECTION_ESTABLISHED"});
}

TEST_CASE("typing to oneself, to nobody or in a room one is not in reaches nobody and is not answered", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const client tab = server.live("anna");
    const client bob = server.live("bob");
    type_to(anna, "anna");
    type_to(anna, "nobody-here");
    anna.send(R"({"type":"TYPING_START"})");
    anna.send(R"({"type":"TYPING_START","roomId":"r1","targetUserId":"bob"})");
    anna.send(R"({"type":"TYPING_STOP","roomId":"r1"})");
    server.settle();
    CHECK(anna.take_words() == words{});
    CHECK(tab.take_words() == words{});
    CHECK(bob.take_words() == words{});
}

TEST_CASE("four typing frames to one target within two seconds, the rest is dropped", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const client tab = server.live("anna");
    const client bob = server.live("bob");
    const client carl = server.live("carl");
    type_to(anna, "bob");
    type_to(tab, "bob", "STOP");
    type_to(anna, "bob");
    type_to(anna, "bob", "STOP");
    type_to(anna, "bob");
    type_to(tab, "bob");
    type_to(anna, "carl"); // another target has its own count
    server.settle();
    CHECK(bob.take_words().size() == 4);
    CHECK(carl.take_words() == words{"TYPING_START"});
    CHECK(anna.take_words() == words{});
    server.advance(milliseconds(1999));
    type_to(anna, "bob");
    server.settle();
    CHECK(bob.take_words() == words{});
    server.advance(milliseconds(1));
    type_to(anna, "bob", "STOP");
    server.settle();
    CHECK(bob.take_words() == words{"TYPING_STOP"});
    server.advance(milliseconds(2000));
    CHECK(server.home().typing.count_pairs() == 0);
}

TEST_CASE("typing for a connection that does not take its output is dropped and not made up for", "[session]") {
    shard_fixture::surroundings around;
    around.options.backpressure_threshold = 3;
    around.options.backpressure_max_queue = 1000;
    shard_fixture server(around);
    const client anna = server.live("anna");
    const client bob = server.live("bob", "");
    bob.wire().take_only(0);
    // More than fits into a connection's output: some wait in the log.
    for (int i = 0; i < 60; ++i) anna.send_message("bob", std::string(10'000, 'x'));
    server.settle();
    type_to(anna, "bob");
    server.settle();
    bob.wire().take_all();
    server.settle();
    words messages;
    for (int seq = 1; seq <= 60; ++seq) messages.push_back("MESSAGE_RECEIVE(" + std::to_string(seq) + ")");
    CHECK(bob.take_words() == messages);
}
