#include "tests/support/shard_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <boost/json/array.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace wsd;
using namespace wsd::test;
using words = std::vector<std::string>;

namespace {

constexpr milliseconds presence_interval{250};

shard_fixture::surroundings with_presence() {
    shard_fixture::surroundings around;
    around.presence = true;
    around.options.rate_limit_messages = 1'000'000;
    around.options.rate_limit_sensitive_room_actions = 1'000'000;
    around.options.presence_offline_grace_ms = milliseconds(1000);
    return around;
}

void ask(shard_fixture& server, const client& who, std::string_view type, std::string_view fields) {
    who.send("{\"type\":\"" + std::string(type) + "\"," + std::string(fields) + "}");
    server.settle();
}

void join(shard_fixture& server, const client& who, std::string_view room = "r") {
    ask(server, who, "ROOM_JOIN", R"("roomId":")" + std::string(room) + "\"");
}

// What frames of presence say: `bob+`, `bob-`, in the order in which they came.
words news(const client& who) {
    words told;
    const auto note = [&told](const boost::json::object& update) {
        told.push_back(std::string(update.at("userId").as_string()) + (update.at("status") == "online" ? "+" : "-"));
    };
    for (const auto& frame : who.take()) {
        if (frame.at("type") == "PRESENCE_UPDATE") note(frame);
        if (frame.at("type") != "PRESENCE_BATCH") continue;
        for (const auto& update : frame.at("updates").as_array()) note(update.as_object());
    }
    std::sort(told.begin(), told.end());
    return told;
}

words shown(shard_fixture& server, const std::string& user) {
    client who = server.connect(user);
    who.send_hello();
    server.settle();
    words users;
    for (const auto& frame : who.take())
        if (frame.at("type") == "PRESENCE_SNAPSHOT")
            for (const auto& each : frame.at("users").as_object()) users.emplace_back(each.key());
    std::sort(users.begin(), users.end());
    return users;
}

words of_type(const client& who, std::string_view type) {
    words found;
    for (const std::string& word : who.take_words())
        if (word.starts_with(type)) found.push_back(word);
    return found;
}

} // namespace

TEST_CASE("members of a room see each other come and go", "[session][room]") {
    shard_fixture server(with_presence());
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    const client eve = server.live("eve");
    join(server, anna);
    server.advance(presence_interval);
    CHECK(news(anna) == words{});
    join(server, bob);
    CHECK(news(anna) == words{}); // at the next tick
    server.advance(presence_interval);
    CHECK(news(anna) == words{"bob+"});
    CHECK(news(bob) == words{"anna+"});
    CHECK(shown(server, "anna") == words{"bob"});
    CHECK(shown(server, "eve") == words{});

    bob.wire().send_close(1000);
    server.settle();
    server.advance(presence_interval);
    CHECK(news(anna) == words{"bob-"});
    const client again = server.live("bob");
    server.advance(presence_interval);
    CHECK(news(anna) == words{"bob+"});
    CHECK(news(again) == words{});
    CHECK(news(eve) == words{});
}

TEST_CASE("whoever is added while connected is told of the members, and they of it", "[session][room]") {
    shard_fixture server(with_presence());
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    const client carol = server.live("carol");
    ask(server, anna, "ROOM_CREATE", R"("roomId":"r","memberIds":["bob"])");
    server.advance(presence_interval);
    CHECK(news(anna) == words{"bob+"});
    CHECK(news(bob) == words{"anna+"});
    ask(server, anna, "ROOM_ADD_MEMBERS", R"("roomId":"r","userIds":["carol","nobody"])");
    server.advance(presence_interval);
    CHECK(news(anna) == words{"carol+"});
    CHECK(news(bob) == words{"carol+"});
    CHECK(news(carol) == words{"anna+", "bob+"});
}

TEST_CASE("contacts end with the last thing in common", "[session][room]") {
    shard_fixture server(with_presence());
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    join(server, anna);
    join(server, bob);
    SECTION("leaving") { ask(server, bob, "ROOM_LEAVE", R"("roomId":"r")"); }
    SECTION("removed") { ask(server, anna, "ROOM_REMOVE_MEMBER", R"("roomId":"r","userId":"bob")"); }
    SECTION("the room is deleted") { ask(server, anna, "ROOM_DELETE", R"("roomId":"r")"); }
    SECTION("after a while") {
        server.advance(presence_interval);
        CHECK(news(anna) == words{"bob+"});
        ask(server, bob, "ROOM_LEAVE", R"("roomId":"r")");
    }
    server.advance(presence_interval);
    CHECK(shown(server, "anna") == words{});
    bob.wire().send_close(1000);
    server.settle();
    server.advance(presence_interval);
    CHECK(news(anna) == words{});
}

TEST_CASE("a further room, or a chat beside it, tells nobody anything", "[session][room]") {
    shard_fixture server(with_presence());
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    join(server, anna);
    join(server, bob);
    server.advance(presence_interval);
    CHECK(news(bob) == words{"anna+"});
    anna.send_message("bob", "hi");
    server.settle();
    bob.send_message("anna", "hi");
    server.settle();
    join(server, anna, "s");
    join(server, bob, "s");
    server.advance(presence_interval);
    CHECK(news(anna) == words{"bob+"}); // of the first room
    CHECK(news(bob) == words{});
    ask(server, bob, "ROOM_LEAVE", R"("roomId":"r")");
    ask(server, bob, "ROOM_LEAVE", R"("roomId":"s")");
    bob.wire().send_close(1000);
    server.settle();
    server.advance(presence_interval);
    CHECK(news(anna) == words{"bob-"}); // the chat remains
}

TEST_CASE("members who join together get one frame each with cap seq", "[session][room]") {
    shard_fixture server(with_presence());
    constexpr int members = 100;
    std::vector<client> all;
    for (int i = 0; i < members; ++i) all.push_back(server.live("user-" + std::to_string(i), i == 0 ? "" : R"("seq")"));
    for (const client& each : all) each.send(R"({"type":"ROOM_JOIN","roomId":"r"})");
    server.settle();
    server.advance(presence_interval);
    CHECK(of_type(all[0], "PRESENCE_") == words(members - 1, "PRESENCE_UPDATE"));
    for (int i = 1; i < members; ++i) {
        CHECK(of_type(all[static_cast<std::size_t>(i)], "PRESENCE_") == words{"PRESENCE_BATCH"});
    }
}

TEST_CASE("nobody is shown by rooms when nobody is to be shown", "[session][room]") {
    shard_fixture::surroundings around = with_presence();
    around.options.presence_audience = choice::presence_audience::none;
    shard_fixture server(around);
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    join(server, anna);
    join(server, bob);
    server.advance(presence_interval);
    CHECK(news(anna) == words{});
    CHECK(shown(server, "anna") == words{});
}

TEST_CASE("who shares a room is told that the recipient of a message is offline", "[session][room]") {
    shard_fixture server(with_presence());
    const client anna = server.live("anna");
    ask(server, anna, "ROOM_CREATE", R"("roomId":"r","memberIds":["bob"])");
    (void)anna.take();
    anna.send_message("bob", "hi");
    anna.send_message("stranger", "hi");
    server.settle();
    CHECK(of_type(anna, "DELIVERY_STATUS").size() == 1);
    ask(server, anna, "ROOM_REMOVE_MEMBER", R"("roomId":"r","userId":"bob")");
    anna.send_message("bob", "hi");
    server.settle();
    CHECK(of_type(anna, "DELIVERY_STATUS").empty());
}

TEST_CASE("typing in a room goes to the other members, and from nobody else", "[session][room]") {
    shard_fixture::surroundings around = with_presence();
    around.options.presence_audience =
        GENERATE(choice::presence_audience::contacts, choice::presence_audience::none, choice::presence_audience::all);
    shard_fixture server(around);
    const client anna = server.live("anna");
    const client tab = server.live("anna");
    const client bob = server.live("bob");
    const client phone = server.live("bob");
    const client eve = server.live("eve");
    ask(server, anna, "ROOM_CREATE", R"("roomId":"r","memberIds":["bob"])");
    for (const client* each : {&anna, &tab, &bob, &phone, &eve}) (void)each->take();
    ask(server, anna, "TYPING_START", R"("roomId":"r","targetUserId":"eve","correlationId":"t")");
    for (const client* each : {&bob, &phone}) {
        const auto frames = each->take();
        REQUIRE(frames.size() == 1);
        CHECK(frames[0].at("type") == "TYPING_START");
        CHECK(frames[0].at("userId") == "anna");
        CHECK(frames[0].at("roomId") == "r");
        CHECK(frames[0].at("timestamp") == server.time.wall_ms());
        CHECK(frames[0].size() == 4);
    }
    ask(server, anna, "TYPING_STOP", R"("roomId":"r")");
    CHECK(bob.take_words() == words{"TYPING_STOP"});
    CHECK(phone.take_words() == words{"TYPING_STOP"});
    ask(server, eve, "TYPING_START", R"("roomId":"r")");
    ask(server, eve, "TYPING_START", R"("roomId":"no such room")");
    SECTION("removed") { ask(server, anna, "ROOM_REMOVE_MEMBER", R"("roomId":"r","userId":"bob")"); }
    SECTION("left") { ask(server, bob, "ROOM_LEAVE", R"("roomId":"r")"); }
    SECTION("deleted") { ask(server, anna, "ROOM_DELETE", R"("roomId":"r")"); }
    ask(server, bob, "TYPING_START", R"("roomId":"r")");
    for (const client* each : {&anna, &tab, &bob, &eve}) CHECK(of_type(*each, "TYPING").empty());
}

TEST_CASE("four typing frames in one room within two seconds, another room has its own count", "[session][room]") {
    shard_fixture server(with_presence());
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    ask(server, anna, "ROOM_CREATE", R"("roomId":"r","memberIds":["bob"])");
    ask(server, anna, "ROOM_CREATE", R"("roomId":"bob","memberIds":["bob"])");
    (void)bob.take();
    for (int i = 0; i < 6; ++i) {
        ask(server, anna, "TYPING_START", R"("roomId":"r")");
        ask(server, anna, "TYPING_START", R"("roomId":"bob")");
        ask(server, anna, "TYPING_START", R"("targetUserId":"bob")");
    }
    CHECK(of_type(bob, "TYPING").size() == 12);
    server.advance(milliseconds(2000));
    ask(server, anna, "TYPING_STOP", R"("roomId":"r")");
    CHECK(of_type(bob, "TYPING") == words{"TYPING_STOP"});
}

namespace {

shard_fixture::surroundings leaving_on_disconnect() {
    shard_fixture::surroundings around = with_presence();
    around.options.room_leave_on_disconnect = true;
    return around;
}

words left_of(const client& who) {
    words left;
    for (const auto& frame : who.take())
        if (frame.at("type") == "ROOM_MEMBER_LEFT")
            left.push_back(std::string(frame.at("userId").as_string()) + " " +
                           std::string(frame.at("reason").as_string()) + " " +
                           std::string(frame.at("roomId").as_string()));
    return left;
}

} // namespace

TEST_CASE("whoever goes offline leaves its rooms, after the grace", "[session][room]") {
    shard_fixture server(leaving_on_disconnect());
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    const client tab = server.live("bob");
    ask(server, bob, "ROOM_CREATE", R"("roomId":"r","memberIds":["anna"])");
    ask(server, bob, "ROOM_CREATE", R"("roomId":"alone")");
    (void)left_of(anna);
    bob.wire().reset();
    server.settle();
    server.live_through(milliseconds(1500));
    CHECK(left_of(anna).empty()); // another tab
    tab.wire().reset();
    server.settle();
    server.live_through(milliseconds(900));
    CHECK(left_of(anna).empty());
    SECTION("and does not") {
        const client again = server.live("bob");
        server.live_through(milliseconds(2000));
        CHECK(left_of(anna).empty());
    }
    SECTION("come back") {
        server.live_through(milliseconds(200));
        const auto frames = anna.take();
        const auto is = [](std::string_view type) {
            return [type](const boost::json::object& frame) { return frame.at("type").as_string() == type; };
        };
        const auto left = std::find_if(frames.begin(), frames.end(), is("ROOM_MEMBER_LEFT"));
        REQUIRE(left != frames.end());
        CHECK(left->at("userId") == "bob");
        CHECK(left->at("by") == "bob");
        CHECK(left->at("reason") == "disconnect");
        const auto updated = std::find_if(frames.begin(), frames.end(), is("ROOM_MEMBERS_UPDATED"));
        REQUIRE(updated != frames.end());
        CHECK(updated->at("roles") == boost::json::object{{"anna", "OWNER"}});
        CHECK(std::count_if(frames.begin(), frames.end(), is("PRESENCE_UPDATE")) == 1);
        const client again = server.live("bob");
        ask(server, again, "ROOM_LIST", R"("includeAll":false)");
        const auto list = again.take();
        REQUIRE(list.size() == 1);
        CHECK(list[0].at("count") == 0);
        ask(server, again, "ROOM_INFO", R"("roomId":"alone")"); // nobody was left in it
        CHECK(again.take_words() == words{"ERROR(NOT_FOUND)"});
    }
}

TEST_CASE("a proper goodbye leaves the rooms with the next tick", "[session][room]") {
    shard_fixture server(leaving_on_disconnect());
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    ask(server, anna, "ROOM_CREATE", R"("roomId":"r","memberIds":["bob"])");
    bob.wire().send_close(1000);
    server.settle();
    CHECK(left_of(anna).empty());
    server.advance(presence_interval);
    CHECK(left_of(anna) == words{"bob disconnect r"});
}

TEST_CASE("who went offline while the log could not be written leaves its rooms once it can", "[session][room]") {
    shard_fixture server(leaving_on_disconnect());
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    ask(server, anna, "ROOM_CREATE", R"("roomId":"r","memberIds":["bob"])");
    (void)anna.take();
    server.disk.broken = true;
    ask(server, anna, "ROOM_MESSAGE", R"("roomId":"r","content":"x")");
    bob.wire().send_close(1000);
    server.settle();
    server.live_through(milliseconds(3000));
    CHECK(left_of(anna).empty());
    server.disk.broken = false;
    server.live_through(milliseconds(1000));
    CHECK(left_of(anna) == words{"bob disconnect r"});
}

TEST_CASE("without the option nobody leaves by going offline", "[session][room]") {
    shard_fixture server(with_presence());
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    ask(server, anna, "ROOM_CREATE", R"("roomId":"r","memberIds":["bob"])");
    bob.wire().send_close(1000);
    server.settle();
    server.live_through(milliseconds(3000));
    CHECK(left_of(anna).empty());
}

TEST_CASE("members who were never seen since the start leave their rooms after a minute", "[session][room]") {
    shard_fixture server(leaving_on_disconnect());
    const client anna = server.live("anna");
    ask(server, anna, "ROOM_CREATE", R"("roomId":"r","memberIds":["bob","carol"])");
    const client carol = server.live("carol");
    server.advance(milliseconds(59'000));
    CHECK(left_of(anna).empty());
    server.advance(milliseconds(1000));
    server.advance(presence_interval);
    CHECK(left_of(anna) == words{"bob disconnect r"});
    CHECK(of_type(carol, "ROOM_MEMBER_LEFT").size() == 1);
}
