#include "tests/support/shard_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>

using namespace wsd;
using namespace wsd::test;
using words = std::vector<std::string>;

namespace {

constexpr std::string_view noecho = R"("seq","cumack","noecho")";
constexpr std::string_view with_seq = R"("seq")";

void send_many(shard_fixture& server, const client& from, int count) {
    for (int i = 0; i < count; ++i) from.send_message("bob", "x");
    server.settle();
    (void)from.take_words();
}

std::string resume_from(const shard_fixture& server, int seq, std::string_view more = "") {
    return R"({"type":"RESUME","epoch":")" + server.disk.identity().epoch + "\",\"seq\":" + std::to_string(seq) +
           std::string(more) + "}";
}

client come_back(shard_fixture& server, int seq, std::string_view caps = R"("seq","cumack")") {
    const client made = server.connect("bob");
    made.send(R"({"type":"HELLO","version":1,"caps":[)" + std::string(caps) + R"(],"resume":{"epoch":")" +
              server.disk.identity().epoch + "\",\"seq\":" + std::to_string(seq) + "}}");
    return made;
}

words events(int first, int last) {
    words out;
    for (int seq = first; seq <= last; ++seq) out.push_back("MESSAGE_RECEIVE(" + std::to_string(seq) + ")");
    return out;
}

words operator+(words left, const words& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

const words opened{"CONNECTION_ESTABLISHED", "HELLO_ACK", "PRESENCE_SNAPSHOT", "RESYNC_START(exact)"};

words completed(int up_to) { return {"RESYNC_COMPLETE(" + std::to_string(up_to) + ")", "ROOMS_SNAPSHOT"}; }

} // namespace

TEST_CASE("what was missed comes after HELLO, marked as replay, then live entries", "[services]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    send_many(server, anna, 5);
    const client bob = come_back(server, 2);
    server.settle();
    const auto frames = bob.take();
    REQUIRE(frames.size() == 9);
    CHECK(frames[3].at("from") == 3);
    CHECK(frames[3].at("to") == 5);
    CHECK(frames[3].at("count") == 3);
    for (std::size_t i = 4; i < 7; ++i) {
        CHECK(frames[i].at("seq") == i - 1);
        CHECK(frames[i].at("isReplay") == true);
    }
    CHECK(frames[7].at("type") == "RESYNC_COMPLETE");
    CHECK(frames[7].at("messageCount") == 3);
    CHECK(frames[7].at("complete") == true);
    CHECK(frames[8].at("type") == "ROOMS_SNAPSHOT");
    send_many(server, anna, 1);
    CHECK(bob.take_words() == events(6, 6));
}

TEST_CASE("a client that missed nothing is told so", "[services]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    send_many(server, anna, 3);
    const client bob = come_back(server, 3);
    server.settle();
    CHECK(bob.take_words() == opened + completed(3));
}

TEST_CASE("live entries wait until the series is complete, other requests do not", "[services]") {
    shard_fixture server(without_rate_limit());
    const client anna = server.live("anna", noecho);
    send_many(server, anna, 500);
    const client bob = come_back(server, 0);
    bob.wire().take_only(20'000);
    server.settle();
    send_many(server, anna, 3);
    bob.send(R"({"type":"PING"})");
    bob.send(resume_from(server, 0));
    server.settle();
    bob.wire().take_all();
    server.settle();
    words got = bob.take_words();
    const auto taken_out = [&got](const std::string& word) {
        const auto found = std::find(got.begin(), got.end(), word);
        const bool is_there = found != got.end() && found < got.begin() + 500;
        if (is_there) got.erase(found);
        return is_there;
    };
    CHECK(taken_out("PONG"));
    CHECK(taken_out("MESSAGE_ERROR(RESYNC_IN_PROGRESS)"));
    CHECK(got == opened + events(1, 500) + completed(500) + events(501, 503));
}

TEST_CASE("a page is asked for when the one before has gone to the socket", "[services]") {
    shard_fixture server(without_rate_limit());
    const client anna = server.live("anna", noecho);
    send_many(server, anna, 1000);
    const client bob = come_back(server, 0);
    bob.wire().take_only(1000);
    server.settle();
    CHECK(server.reader.metrics().entries.load() == 200);
    CHECK(server.reader.queue_depth() == 0);
    bob.wire().take_all();
    server.settle();
    CHECK(bob.take_words() == opened + events(1, 1000) + completed(1000));
}

TEST_CASE("a page that grows when it is encoded is written in parts", "[services]") {
    shard_fixture server(without_rate_limit());
    const client anna = server.live("anna", noecho);
    for (int i = 0; i < 60; ++i) anna.send_message("bob", std::string(10'000, '\x01'));
    server.settle();
    const client bob = come_back(server, 0, with_seq);
    bob.wire().take_only(1000);
    server.settle();
    CHECK(bob.wire().unsent_peak() < 384 * 1024);
    bob.wire().take_all();
    server.settle();
    CHECK(bob.wire().unsent_peak() < 384 * 1024);
    CHECK(bob.take_words() == opened + events(1, 60) + completed(60));
    const words told = anna.take_words();
    CHECK(std::count(told.begin(), told.end(), "MESSAGE_STATE_UPDATE(delivered)") == 60);
}

TEST_CASE("a limit cuts the series short and says so", "[services]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    send_many(server, anna, 5);
    const client bob = server.live("bob");
    bob.send(resume_from(server, 0, R"(,"limit":2,"correlationId":"r")"));
    server.settle();
    auto frames = bob.take();
    REQUIRE(frames.size() == 5);
    CHECK(frames[0].at("correlationId") == "r");
    CHECK(frames[3].at("type") == "RESYNC_COMPLETE");
    CHECK(frames[3].at("upTo") == 2);
    CHECK(frames[3].at("complete") == false);
    CHECK(frames[3].at("correlationId") == "r");
    bob.send(resume_from(server, 2));
    server.settle();
    CHECK(bob.take_words() == words{"RESYNC_START(exact)"} + events(3, 5) + completed(5));
}

TEST_CASE("entries that came live are not repeated by a series", "[services]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    send_many(server, anna, 2);
    const client bob = server.live("bob");
    send_many(server, anna, 2);
    CHECK(bob.take_words() == events(3, 4));
    bob.send(resume_from(server, 0));
    server.settle();
    CHECK(bob.take_words() == words{"RESYNC_START(exact)"} + events(1, 2) + completed(2));
}

TEST_CASE("a cursor of another log begins anew", "[services]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    send_many(server, anna, 2);
    const client bob = server.live("bob");
    bob.send(R"({"type":"RESUME","epoch":"another","seq":1})");
    server.settle();
    const auto frames = bob.take();
    REQUIRE(frames.size() == 4);
    CHECK(frames.front().at("mode") == "snapshot");
    CHECK(frames.front().at("reason") == "EPOCH_CHANGED");
    CHECK(frames[1].at("type") == "SNAPSHOT");
    CHECK(frames[1].at("more") == false);
    CHECK(frames[1].at("conversations").as_array().size() == 1);
    CHECK(frames[1].at("conversations").at(0).at("headChatSeq") == 2);
    const auto& complete = frames[frames.size() - 2];
    CHECK(complete.at("type") == "RESYNC_COMPLETE");
    CHECK(complete.at("upTo") == 2);
    CHECK(complete.at("complete") == false);
}

TEST_CASE("replayed messages are delivered once the system has taken them, for who does not confirm", "[services]") {
    shard_fixture server;
    const client anna = server.live("anna", with_seq);
    send_many(server, anna, 2);
    SECTION("not before") {
        const client bob = come_back(server, 0, with_seq);
        bob.wire().take_only(700);
        server.settle();
        CHECK(anna.take_words() == words{});
        bob.wire().take_all();
        server.settle();
        CHECK(anna.take_words() == words(2, "MESSAGE_STATE_UPDATE(delivered)"));
    }
    SECTION("but not for who does") {
        const client bob = come_back(server, 0);
        server.settle();
        CHECK(anna.take_words() == words{});
        bob.send(R"({"type":"MESSAGE_ACK","upTo":1})");
        server.settle();
        CHECK(anna.take_words() == words{"MESSAGE_STATE_UPDATE(delivered)"});
    }
}

TEST_CASE("a series that the log fails ends with what was sent, not with success", "[services]") {
    shard_fixture server(without_rate_limit());
    const client anna = server.live("anna", noecho);
    send_many(server, anna, 500);
    const client bob = come_back(server, 0);
    bob.wire().take_only(1000);
    server.settle();
    server.disk.unreadable = true;
    bob.wire().take_all();
    server.settle();
    CHECK(bob.take_words() == opened + events(1, 200) + words{"MESSAGE_ERROR(PERSISTENCE_ERROR)"} + completed(200));

    SECTION("and before it began that is all there is to say") {
        bob.send(resume_from(server, 200));
        server.settle();
        CHECK(bob.take_words() == words{"MESSAGE_ERROR(PERSISTENCE_ERROR)"});
    }
    SECTION("and can be asked for again") {
        server.disk.unreadable = false;
        bob.send(resume_from(server, 200));
        server.settle();
        CHECK(bob.take_words() == words{"RESYNC_START(exact)"} + events(201, 500) + completed(500));
    }
}

TEST_CASE("an entry that waits is written as the message is by then", "[services]") {
    shard_fixture server(without_rate_limit());
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob");
    bob.wire().take_only(1000);
    for (int i = 0; i < 60; ++i) anna.send_message("bob", std::string(10'000, 'x')); // beyond what is written ahead
    server.settle();
    const auto sent = anna.take();
    const auto change = [&](std::size_t which, std::string_view type, std::string_view more) {
        anna.send(R"({"type":")" + std::string(type) + R"(","messageId":")" +
                  std::string(sent.at(which).at("messageId").as_string()) + "\"" + std::string(more) + "}");
    };
    change(58, "MESSAGE_EDIT", R"(,"content":"edited")");
    change(59, "MESSAGE_DELETE", "");
    server.settle();
    bob.wire().take_all();
    server.settle();
    const auto frames = bob.take();
    REQUIRE(frames.size() == 62);
    CHECK(frames[58].at("content") == "edited");
    CHECK(frames[58].at("edited") == true);
    CHECK(frames[59].at("type") == "MESSAGE_MUTATION");
    CHECK(frames[59].at("action") == "delete");
    CHECK_FALSE(frames[59].contains("content"));
    CHECK(frames[60].at("action") == "edit"); // live entries are all shown
    CHECK(frames[61].at("action") == "delete");
    for (std::size_t i = 0; i < frames.size(); ++i) CHECK(frames[i].at("seq") == i + 1);
}
