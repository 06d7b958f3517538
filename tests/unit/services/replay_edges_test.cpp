#include "tests/support/shard_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>

using namespace wsd;
using namespace wsd::test;
using words = std::vector<std::string>;

namespace {

constexpr std::string_view noecho = R"("seq","cumack","noecho")";
constexpr std::string_view confirming = R"("seq","cumack")";
constexpr std::string_view with_seq = R"("seq")";

shard_fixture::surroundings keeping(std::uint64_t entries) {
    shard_fixture::surroundings around = without_rate_limit();
    around.keep.entries_max = entries;
    return around;
}

void send_many(shard_fixture& server, const client& from, int count, const std::string& content = "x") {
    for (int i = 0; i < count; ++i) from.send_message("bob", content);
    server.settle();
}

std::string cursor_at(const shard_fixture& server, int seq) {
    return R"("epoch":")" + server.disk.identity().epoch + "\",\"seq\":" + std::to_string(seq);
}

std::string resume_from(const shard_fixture& server, int seq, std::string_view more = "") {
    return R"({"type":"RESUME",)" + cursor_at(server, seq) + std::string(more) + "}";
}

client come_back(shard_fixture& server, int seq, std::string_view caps = confirming) {
    const client made = server.connect("bob");
    made.send(R"({"type":"HELLO","version":1,"caps":[)" + std::string(caps) + R"(],"resume":{)" +
              cursor_at(server, seq) + "}}");
    return made;
}

bool has(const words& all, std::string_view word) { return std::find(all.begin(), all.end(), word) != all.end(); }

// Log and reader work, one job at a time, until the client has this frame.
words run_until(shard_fixture& server, const client& who, std::string_view word) {
    words got;
    for (int i = 0; i < 100 && !has(got, word); ++i) {
        server.step_shard();
        for (std::string& each : who.take_words()) got.push_back(std::move(each));
        if (has(got, word)) break;
        (void)server.store.run_once();
        (void)server.reader.run_once();
    }
    return got;
}

std::string name_in(const boost::json::object& snapshot) {
    const auto& rooms = snapshot.at("rooms").as_array();
    return rooms.empty() ? "" : std::string(rooms.at(0).at("name").as_string());
}

} // namespace

TEST_CASE("of a page the messages that the system has taken are delivered before the next request", "[services]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    send_many(server, anna, 20, std::string(1000, 'x'));
    const std::string first(anna.take().at(0).at("messageId").as_string());
    const client bob = come_back(server, 0, with_seq);
    bob.wire().take_only(5000);
    server.settle();
    const auto arrived = bob.take_words();
    REQUIRE(has(arrived, "MESSAGE_RECEIVE(1)"));
    REQUIRE_FALSE(has(arrived, "MESSAGE_RECEIVE(10)"));
    CHECK(has(anna.take_words(), "MESSAGE_STATE_UPDATE(delivered)"));
    bob.send(R"({"type":"MESSAGE_READ","messageId":")" + first + "\"}");
    server.settle();
    bob.wire().take_all();
    server.settle();
    const auto later = bob.take_words();
    CHECK(has(later, "MESSAGE_ACK(read)"));
    CHECK_FALSE(has(later, "MESSAGE_ERROR(INVALID_TRANSITION)"));
    const auto told = anna.take_words();
    CHECK(std::count(told.begin(), told.end(), "MESSAGE_STATE_UPDATE(read)") == 1);
}

TEST_CASE("messages of a page that broke off are not delivered", "[services]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    send_many(server, anna, 20, std::string(1000, 'x'));
    (void)anna.take();
    const client bob = come_back(server, 0, with_seq);
    bob.wire().take_only(5000);
    server.settle();
    const auto arrived = bob.take_words();
    const auto got = std::count_if(arrived.begin(), arrived.end(),
                                   [](const std::string& word) { return word.starts_with("MESSAGE_RECEIVE"); });
    bob.wire().reset();
    server.settle();
    const auto told = anna.take_words();
    CHECK(std::count(told.begin(), told.end(), "MESSAGE_STATE_UPDATE(delivered)") == got);
}

TEST_CASE("the rooms at the end of a series are no older than what was told meanwhile", "[services]") {
    shard_fixture server(keeping(1000));
    const client anna = server.live("anna", noecho);
    anna.send(R"({"type":"ROOM_CREATE","roomId":"r","name":"one","memberIds":["bob"]})");
    send_many(server, anna, 300, std::string(1000, 'x'));
    const client bob = come_back(server, 0);
    bob.wire().take_only(2000);
    server.settle();
    (void)bob.take();
    SECTION("another name") {
        anna.send(R"({"type":"ROOM_UPDATE_META","roomId":"r","patch":{"name":"two"}})");
        server.settle();
        bob.wire().take_all();
        server.settle();
        const auto frames = bob.take();
        const auto type_is = [](std::string_view type) {
            return [type](const boost::json::object& frame) { return frame.at("type").as_string() == type; };
        };
        const auto told = std::find_if(frames.begin(), frames.end(), type_is("ROOM_UPDATED"));
        const auto shown = std::find_if(frames.begin(), frames.end(), type_is("ROOMS_SNAPSHOT"));
        REQUIRE(told < shown);
        REQUIRE(shown != frames.end());
        CHECK((shown - 1)->at("type") == "RESYNC_COMPLETE");
        CHECK(name_in(*shown) == "two");
    }
    SECTION("left") {
        const client other = server.live("bob");
        other.send(R"({"type":"ROOM_LEAVE","roomId":"r"})");
        server.settle();
        bob.wire().take_all();
        server.settle();
        const auto frames = bob.take();
        const auto shown = std::find_if(frames.begin(), frames.end(), [](const boost::json::object& frame) {
            return frame.at("type") == "ROOMS_SNAPSHOT";
        });
        REQUIRE(shown != frames.end());
        CHECK(name_in(*shown).empty());
    }
    SECTION("nothing changed: the list is read once") {
        const auto jobs = server.reader.metrics().jobs.load();
        bob.wire().take_all();
        server.settle();
        CHECK(has(bob.take_words(), "ROOMS_SNAPSHOT"));
        CHECK(server.reader.metrics().jobs.load() == jobs + 1); // the second page
    }
}

TEST_CASE("a series that trimming overtakes does not fall back before its gap", "[services]") {
    shard_fixture server(keeping(10));
    const client anna = server.live("anna", noecho);
    send_many(server, anna, 30);
    const client bob = come_back(server, 0);
    const words begun = run_until(server, bob, "SNAPSHOT");
    REQUIRE(has(begun, "RESYNC_START(partial)"));
    for (int i = 0; i < 15; ++i) anna.send_message("bob", "y");
    for (int i = 0; i < 20; ++i) { // committed before the page is read
        server.step_shard();
        (void)server.store.run_once();
    }
    server.settle();
    const words rest = bob.take_words();
    REQUIRE(rest.size() > 2);
    CHECK(rest[0] == "RESYNC_COMPLETE(20)");
    CHECK(rest[1] == "ROOMS_SNAPSHOT");
}

TEST_CASE("a cursor between start and a floor that has passed it does not go back", "[services]") {
    shard_fixture server(keeping(10));
    const client bob = server.live("bob", noecho); // start is 0
    const client anna = server.live("anna", noecho);
    send_many(server, anna, 30);
    (void)bob.take();
    bob.send(resume_from(server, 12));
    server.settle();
    const auto frames = bob.take();
    REQUIRE(frames.size() == 4);
    CHECK(frames[0].at("from") == 13);
    CHECK(frames[0].at("to") == 12);
    CHECK(frames[0].at("count") == 0);
    CHECK(frames[2].at("type") == "RESYNC_COMPLETE");
    CHECK(frames[2].at("upTo") == 12);
}

TEST_CASE("a series that nobody asked for and one that was asked for do not mix", "[services]") {
    shard_fixture server(keeping(10));
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob");
    bob.wire().take_only(0);
    send_many(server, anna, 400);
    bob.wire().take_all();
    server.step_shard(); // asks for the page that is no longer there
    bob.send(resume_from(server, 0));
    server.settle();
    words series;
    for (const std::string& word : bob.take_words()) {
        if (word.starts_with("RESYNC_") || word.starts_with("MESSAGE_ERROR")) series.push_back(word.substr(0, 10));
    }
    CHECK(series == words{"RESYNC_STA", "RESYNC_COM", "RESYNC_STA", "RESYNC_COM"});
}

TEST_CASE("a replay that is refused says when to ask again, and gives back the ids of the request", "[services]") {
    shard_fixture::surroundings around;
    around.reader.max_jobs = 1;
    shard_fixture server(around);
    const client bob = server.live("bob");
    REQUIRE(server.reader.try_submit({.ticket = {}, .what = room_list_request{.user = {"bob"}}}));
    bob.send(resume_from(server, 0, R"(,"clientMessageId":"c","messageId":"m","roomId":"r")"));
    server.step_shard();
    auto frames = bob.take();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].at("code") == "SERVER_BUSY");
    CHECK(frames[0].at("retryAfterMs") == 250);
    CHECK(frames[0].at("clientMessageId") == "c");
    CHECK(frames[0].at("messageId") == "m");
    CHECK(frames[0].at("roomId") == "r");
    server.settle();
    bob.send(R"({"type":"MESSAGE_REPLAY","lastMessageId":"none","messageId":"m"})");
    server.settle();
    frames = bob.take();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].at("code") == "INVALID_LAST_MESSAGE_ID");
    CHECK(frames[0].at("messageId") == "m");
}

TEST_CASE("what became of a send is no older than what was told meanwhile", "[services]") {
    shard_fixture server;
    const client bob = server.live("bob", confirming);
    const client anna = server.live("anna", confirming);
    anna.send_message("bob", "x", "c-1");
    server.settle();
    const client back = server.connect("anna");
    back.send(R"({"type":"HELLO","version":1,"caps":["seq","cumack"],"pending":["c-1"],"resume":{)" +
              cursor_at(server, 0) + "}}");
    const auto run_log = [&server] { // the reader takes its time
        for (int i = 0; i < 5; ++i) {
            server.step_shard();
            (void)server.store.run_once();
        }
        server.step_shard();
    };
    run_log();
    REQUIRE(has(back.take_words(), "HELLO_ACK"));
    bob.send(R"({"type":"MESSAGE_ACK","upTo":1})");
    run_log();
    REQUIRE(has(back.take_words(), "MESSAGE_STATE_UPDATE(delivered)"));
    server.settle();
    const auto frames = back.take();
    REQUIRE(frames.at(0).at("type") == "RESYNC_START");
    CHECK(frames.at(0).at("pendingStatus").at("c-1").at("state") == "delivered");
    CHECK(frames.at(1).at("state") == "delivered");
}
