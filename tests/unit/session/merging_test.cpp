#include "tests/support/shard_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace wsd;
using namespace wsd::test;
using words = std::vector<std::string>;

namespace {

constexpr std::string_view all_caps = R"("seq","cumack","noecho")";

shard_fixture::surroundings strained_at(std::uint32_t threshold, std::uint32_t queue_max) {
    shard_fixture::surroundings around;
    around.options.rate_limit_messages = 1'000'000;
    around.options.backpressure_threshold = threshold;
    around.options.backpressure_max_queue = queue_max;
    return around;
}

// The client takes nothing from here on, and something waits for it already.
void stall(shard_fixture& server, const client& who) {
    who.wire().take_only(0);
    who.send(R"({"type":"PING"})");
    server.settle();
}

words caught_up(shard_fixture& server, const client& who) {
    who.wire().take_all();
    server.settle();
    return who.take_words();
}

void rename(shard_fixture& server, const client& who, const std::string& patch) {
    who.send(R"({"type":"ROOM_UPDATE_META","roomId":"r","patch":)" + patch + "}");
    server.settle();
}

} // namespace

TEST_CASE("who did not read is told the latest state of each message, and nothing is missing", "[session]") {
    shard_fixture server(strained_at(5, 200));
    const client anna = server.live("anna", all_caps);
    const client bob = server.live("bob");
    for (int i = 0; i < 20; ++i) anna.send_message("bob", "x");
    server.settle();
    (void)anna.take();
    words ids;
    for (const auto& frame : bob.take()) ids.emplace_back(frame.at("messageId").as_string());
    REQUIRE(ids.size() == 20);
    stall(server, anna);
    bob.send(R"({"type":"MESSAGE_ACK","upTo":20})");
    for (const std::string& id : ids) bob.send(R"({"type":"MESSAGE_READ","messageId":")" + id + "\"}");
    server.settle();

    words expected{"PONG"}; // one reply and four changes waited when merging began
    expected.insert(expected.end(), 4, "MESSAGE_STATE_UPDATE(delivered)");
    expected.insert(expected.end(), 20, "MESSAGE_STATE_UPDATE(read)");
    CHECK(caught_up(server, anna) == expected);
    bob.send_message("anna", "y");
    server.settle();
    CHECK(anna.take_words() == words{"MESSAGE_RECEIVE(21)"});
}

TEST_CASE("more subjects than may be held: the oldest are dropped, and it is said once", "[session]") {
    shard_fixture server(strained_at(5, 10));
    const client anna = server.live("anna", all_caps);
    const client bob = server.live("bob");
    for (int i = 0; i < 30; ++i) anna.send_message("bob", "x");
    server.settle();
    (void)anna.take();
    stall(server, anna);
    bob.send(R"({"type":"MESSAGE_ACK","upTo":30})");
    server.settle();
    words expected{"PONG"};
    expected.insert(expected.end(), 10, "MESSAGE_STATE_UPDATE(delivered)");
    expected.emplace_back("STATE_STALE");
    CHECK(caught_up(server, anna) == expected);
}

TEST_CASE("of a room's news the latest is told, and all that was changed", "[session][room]") {
    shard_fixture server(strained_at(3, 200));
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    anna.send(R"({"type":"ROOM_CREATE","roomId":"r","name":"first","memberIds":["bob"]})");
    server.settle();
    server.advance(milliseconds(1000));
    (void)bob.take();
    stall(server, bob);
    rename(server, anna, R"({"name":"a"})");
    rename(server, anna, R"({"name":"b"})"); // pending is at the threshold from here on
    rename(server, anna, R"({"name":"c"})");
    rename(server, anna, R"({"joinPolicy":"invite"})");
    rename(server, anna, R"({"name":"d"})");
    rename(server, anna, R"({"joinPolicy":"open"})");
    bob.wire().take_all();
    server.settle();
    words patches;
    for (const auto& frame : bob.take())
        if (frame.at("type") == "ROOM_UPDATED") patches.push_back(boost::json::serialize(frame.at("patch")));
    CHECK(patches == words{R"({"name":"a"})", R"({"name":"b"})", R"({"name":"d","joinPolicy":"open"})"});
}

TEST_CASE("what is held back of a room is not told to whom is no longer in it", "[session][room]") {
    shard_fixture server(strained_at(3, 200));
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    anna.send(R"({"type":"ROOM_CREATE","roomId":"r","memberIds":["bob"]})");
    server.settle();
    server.advance(milliseconds(1000));
    (void)bob.take();
    stall(server, bob);
    for (const char* name : {"a", "b", "c"}) rename(server, anna, std::string(R"({"name":")") + name + "\"}");
    anna.send(R"({"type":"ROOM_ADD_MEMBERS","roomId":"r","userIds":["carl"]})"); // held, as is the name c
    server.settle();
    anna.send(R"({"type":"ROOM_DELETE","roomId":"r"})");
    server.settle();
    server.live_through(milliseconds(600));
    CHECK(caught_up(server, bob) == words{"PONG", "ROOM_UPDATED", "ROOM_UPDATED", "EVENT_SKIP(2)", "ROOM_DELETED(3)"});
}

TEST_CASE("a reply is never merged, though it is state for others", "[session][room]") {
    shard_fixture server(strained_at(3, 200));
    const client anna = server.live("anna");
    anna.send(R"({"type":"ROOM_CREATE","roomId":"r"})");
    server.settle();
    server.advance(milliseconds(1000));
    (void)anna.take();
    anna.wire().take_only(0);
    for (int i = 0; i < 8; ++i)
        anna.send(R"({"type":"ROOM_UPDATE_META","correlationId":"c","roomId":"r","patch":{"name":")" +
                  std::to_string(i) + "\"}}");
    server.settle();
    anna.wire().take_all();
    server.settle();
    words replies;
    std::string last;
    for (const auto& frame : anna.take()) {
        if (frame.at("type") != "ROOM_UPDATED") continue;
        const std::string name(frame.at("patch").at("name").as_string());
        if (frame.if_contains("correlationId") != nullptr) {
            replies.push_back(name);
        } else {
            last = name;
        }
    }
    CHECK(replies == words{"0", "1", "2", "3", "4", "5", "6", "7"});
    CHECK(last == "7");
}
