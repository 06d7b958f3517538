#include "tests/support/shard_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <boost/json/serialize.hpp>

#include <algorithm>

using namespace wsd;
using namespace wsd::test;
using words = std::vector<std::string>;
namespace json = boost::json;

namespace {

void ask(shard_fixture& server, const client& who, std::string_view type, std::string_view fields) {
    who.send("{\"type\":\"" + std::string(type) + "\"," + std::string(fields) + "}");
    server.settle();
}

json::object only(const client& who, std::string_view type) {
    std::optional<json::object> found;
    for (auto& frame : who.take()) {
        if (frame.at("type").as_string() != type) continue;
        REQUIRE_FALSE(found);
        found = std::move(frame);
    }
    REQUIRE(found);
    return *found;
}

// Reply and broadcast may come in either order.
words sorted(words unordered) {
    std::sort(unordered.begin(), unordered.end());
    return unordered;
}

void forget(std::initializer_list<const client*> clients) {
    for (const client* each : clients) (void)each->take();
}

} // namespace

TEST_CASE("a room's message reaches every member once, with its place in each log", "[session][room]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    const client phone = server.live("bob");
    const client carol = server.live("carol");
    ask(server, anna, "ROOM_CREATE", R"("roomId":"r","name":"R","memberIds":["bob"])");
    CHECK(sorted(anna.take_words()) == words{"ROOM_CREATED", "ROOM_MEMBERS_UPDATED", "ROOM_MEMBER_JOINED(1)"});
    CHECK(sorted(bob.take_words()) == words{"ROOM_MEMBERS_UPDATED", "ROOM_MEMBER_JOINED(1)"});
    forget({&phone});
    anna.send_message("bob", "direct");
    server.settle();
    forget({&anna, &bob, &phone});

    ask(server, anna, "ROOM_MESSAGE", R"("roomId":"r","content":"hi","clientMessageId":"k","correlationId":"c")");
    const auto to_anna = anna.take();
    REQUIRE(to_anna.size() == 2);
    CHECK(to_anna[0].at("type") == "ROOM_MESSAGE_RESPONSE");
    CHECK(to_anna[0].at("success") == true);
    CHECK(to_anna[0].at("correlationId") == "c");
    CHECK(to_anna[0].at("memberCount") == 2);
    CHECK(to_anna[0].at("seq") == 3);
    CHECK(to_anna[1].at("clientMessageId") == "k");
    const auto to_bob = bob.take();
    REQUIRE(to_bob.size() == 1);
    const std::string expected =
        R"({"type":"ROOM_MESSAGE","seq":3,"messageId":)" + json::serialize(to_anna[0].at("messageId")) +
        R"(,"roomMessageId":)" + json::serialize(to_anna[0].at("messageId")) +
        R"(,"roomId":"r","chatId":"room:r","chatSeq":1,"senderId":"anna","content":"hi","messageType":"text","timestamp":)" +
        json::serialize(to_anna[0].at("timestamp")) + R"(,"state":"sent"})";
    CHECK(json::serialize(to_bob[0]) == expected);
    CHECK(json::serialize(phone.take().at(0)) == expected);
    CHECK(carol.take_words() == words{});
}

TEST_CASE("with noecho the response to a post stands for its event", "[session][room]") {
    shard_fixture server;
    const client anna = server.live("anna", R"("seq","noecho")");
    ask(server, anna, "ROOM_CREATE", R"("roomId":"r")");
    forget({&anna});
    ask(server, anna, "ROOM_MESSAGE", R"("roomId":"r","content":"hi","clientMessageId":"k")");
    CHECK(anna.take_words() == words{"ROOM_MESSAGE_RESPONSE(2)"});
    ask(server, anna, "ROOM_MESSAGE", R"("roomId":"r","content":"hi","clientMessageId":"k")");
    CHECK(only(anna, "ROOM_MESSAGE_RESPONSE").at("duplicate") == true);
}

TEST_CASE("posts that are refused say why, each once", "[session][room]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    ask(server, anna, "ROOM_CREATE", R"("roomId":"r")");
    ask(server, anna, "ROOM_MESSAGE", R"("roomId":"r","content":"x","clientMessageId":"k")");
    forget({&anna});
    const auto refusal = [&](const client& who, std::string_view fields) {
        ask(server, who, "ROOM_MESSAGE", fields);
        const auto frame = only(who, "ROOM_MESSAGE_RESPONSE");
        CHECK(frame.at("success") == false);
        return std::string(frame.at("code").as_string());
    };
    CHECK(refusal(bob, R"("roomId":"r","content":"x")") == "NOT_FOUND");
    CHECK(refusal(bob, R"("roomId":"s","content":"x")") == "NOT_FOUND");
    CHECK(refusal(anna, R"("roomId":"r","content":" ")") == "VALIDATION_ERROR");
    CHECK(refusal(anna, R"("roomId":"r","content":"y","clientMessageId":"k")") == "CLIENT_ID_CONFLICT");
    CHECK(refusal(anna, R"("roomId":"r","content":"x","clientMessageId":"k","messageType":"t")") ==
          "CLIENT_ID_CONFLICT");
    ask(server, anna, "ROOM_MESSAGE", R"("roomId":"r","content":"x","recipientId":"bob")");
    CHECK(anna.take_words() == words{"MESSAGE_ERROR(INVALID_PAYLOAD)"});
    server.disk.broken = true;
    CHECK(refusal(anna, R"("roomId":"r","content":"z")") == "PERSISTENCE_ERROR");
}

TEST_CASE("who was removed sees nothing of the room any more, be it written yet or not", "[session][room]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    ask(server, anna, "ROOM_CREATE", R"("roomId":"r","memberIds":["bob"])");
    forget({&anna, &bob});
    // Bob takes nothing until he is removed, so his entries wait in the tail of his log.
    bob.wire().take_only(0);
    constexpr int before = 30;
    for (int i = 0; i < before; ++i) anna.send_message("bob", std::string(10'000, 'x'));
    server.settle();
    ask(server, anna, "ROOM_MESSAGE", R"("roomId":"r","content":"1")");
    ask(server, anna, "ROOM_MESSAGE", R"("roomId":"r","content":"2")");
    ask(server, anna, "ROOM_REMOVE_MEMBER", R"("roomId":"r","userId":"bob")");
    bob.wire().take_all();
    server.settle();
    words shown;
    for (const std::string& word : bob.take_words())
        if (!word.starts_with("MESSAGE_RECEIVE")) shown.push_back(word);
    CHECK(shown == words{"ROOM_MEMBERS_UPDATED", "EVENT_SKIP(33)", "ROOM_MEMBER_LEFT(34)"});
    ask(server, anna, "ROOM_MESSAGE", R"("roomId":"r","content":"3")");
    CHECK(bob.take_words() == words{});
    ask(server, bob, "ROOM_INFO", R"("roomId":"r")");
    CHECK(bob.take_words() == words{"ERROR(NOT_FOUND)"});
    ask(server, bob, "ROOM_JOIN", R"("roomId":"r")");
    CHECK(bob.take_words() == words{"ERROR(FORBIDDEN)"});
    // On a new connection the messages are passed over, the removal is told.
    const client again = server.connect("bob");
    again.send(R"({"type":"HELLO","version":1,"caps":["seq"]})");
    server.settle();
    const auto hello = only(again, "HELLO_ACK");
    ask(server, again, "RESUME", R"("seq":31,"epoch":)" + json::serialize(hello.at("epoch")));
    const auto replayed = again.take();
    REQUIRE(replayed.size() == 5);
    CHECK(replayed[1].at("type") == "EVENT_SKIP");
    CHECK(replayed[1].at("seq") == 33);
    CHECK(replayed[1].at("fromSeq") == 32);
    CHECK(replayed[2].at("type") == "ROOM_MEMBER_LEFT");
    CHECK(replayed[2].at("isReplay") == true);
    CHECK(replayed[3].at("messageCount") == 0);
    CHECK(replayed[4].at("type") == "ROOMS_SNAPSHOT");
    CHECK(replayed[4].at("rooms").as_array().empty());
}

TEST_CASE("changes of members are broadcast at once, then merged", "[session][room]") {
    shard_fixture server;
    const client anna = server.live("anna");
    ask(server, anna, "ROOM_CREATE", R"("roomId":"r")");
    forget({&anna});
    server.advance(milliseconds(2000));
    for (const char* user : {"u1", "u2", "u3"})
        ask(server, anna, "ROOM_ADD_MEMBERS", R"("roomId":"r","userIds":[")" + std::string(user) + "\"]");
    std::vector<std::int64_t> versions;
    int replies = 0;
    const auto collect = [&] {
        for (const auto& frame : anna.take()) {
            if (frame.at("type").as_string() != "ROOM_MEMBERS_UPDATED") continue;
            ++replies;
            versions.push_back(frame.at("version").as_int64());
        }
    };
    collect();
    CHECK(replies == 4); // three replies and the first broadcast
    versions.clear();
    server.live_through(milliseconds(600));
    collect();
    CHECK(versions == std::vector<std::int64_t>{4});
    server.live_through(milliseconds(2000));
    collect();
    CHECK(versions.size() == 1);
}

TEST_CASE("news of a room's members that wait go to members alone, and never behind newer news", "[session][room]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    ask(server, anna, "ROOM_CREATE", R"("roomId":"r","memberIds":["bob"])");
    server.advance(milliseconds(2000));
    ask(server, anna, "ROOM_ADD_MEMBERS", R"("roomId":"r","userIds":["u1"])");
    forget({&anna, &bob});
    ask(server, anna, "ROOM_ADD_MEMBERS", R"("roomId":"r","userIds":["u2"])");
    const auto news_to_bob = [&] {
        server.live_through(milliseconds(600));
        words news;
        for (const auto& frame : bob.take()) {
            const std::string_view type = frame.at("type").as_string();
            if (!type.starts_with("ROOM_MEMBERS_UPDATED") && !type.starts_with("ROOM_UPDATED")) continue;
            news.push_back(std::string(type) + " " + std::to_string(frame.at("version").as_int64()));
        }
        return news;
    };
    SECTION("the room is renamed") {
        ask(server, anna, "ROOM_UPDATE_META", R"("roomId":"r","patch":{"name":"new"})");
        CHECK(news_to_bob() == words{"ROOM_MEMBERS_UPDATED 4", "ROOM_UPDATED 5"});
    }
    SECTION("the room ends") {
        ask(server, anna, "ROOM_DELETE", R"("roomId":"r")");
        CHECK(news_to_bob() == words{});
    }
    SECTION("the room ends and begins anew") {
        ask(server, anna, "ROOM_DELETE", R"("roomId":"r")");
        ask(server, anna, "ROOM_CREATE", R"("roomId":"r","memberIds":["bob"])");
        CHECK(news_to_bob() == words{"ROOM_MEMBERS_UPDATED 2"});
    }
    SECTION("who leaves is the last one here") {
        anna.wire().reset();
        server.settle();
        ask(server, bob, "ROOM_LEAVE", R"("roomId":"r")");
        CHECK(news_to_bob() == words{});
    }
}

TEST_CASE("rooms are listed to their members, all of them to nobody without the right", "[session][room]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    ask(server, anna, "ROOM_CREATE", R"("roomId":"r","thumbnailUrl":" http://x ","joinPolicy":"invite")");
    ask(server, anna, "ROOM_CREATE", R"("name":"no id")");
    forget({&anna, &bob});
    ask(server, anna, "ROOM_LIST", R"("includeAll":false)");
    const auto list = only(anna, "ROOM_LIST_RESPONSE");
    CHECK(list.at("count") == 2);
    CHECK(list.at("hasMore") == false);
    CHECK(list.at("rooms").at(0).at("myRole") == "OWNER");
    ask(server, bob, "ROOM_LIST", R"("includeAll":true)");
    CHECK(bob.take_words() == words{"ERROR(FORBIDDEN)"});
    ask(server, bob, "ROOM_JOIN", R"("roomId":"r")");
    CHECK(bob.take_words() == words{"ERROR(FORBIDDEN)"});
    ask(server, anna, "ROOM_MEMBERS", R"("roomId":"r")");
    const auto room = only(anna, "ROOM_CREATED").at("room").as_object();
    CHECK(room.at("meta").at("thumbnailUrl") == "http://x");
    CHECK(room.at("meta").at("joinPolicy") == "invite");
    CHECK(room.at("meta").at("name") == "r");
    CHECK(room.at("members") == json::array{"anna"});
    CHECK(room.at("roles").at("anna") == "OWNER");
}

TEST_CASE("a change of a room's message is told to those who see it, and by whom it was made", "[session][room]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    const client late = server.live("late");
    ask(server, anna, "ROOM_CREATE", R"("roomId":"r","memberIds":["bob"])");
    forget({&anna, &bob});
    ask(server, bob, "ROOM_MESSAGE", R"("roomId":"r","content":"secret")");
    const auto id = std::string(only(anna, "ROOM_MESSAGE").at("messageId").as_string());
    ask(server, late, "ROOM_JOIN", R"("roomId":"r")");
    forget({&anna, &bob, &late});
    ask(server, bob, "MESSAGE_EDIT", R"("content":"other","messageId":")" + id + "\"");
    CHECK(sorted(bob.take_words()) == words{"MESSAGE_MUTATION(4)", "MESSAGE_MUTATION_ACK"});
    ask(server, anna, "MESSAGE_DELETE", R"("messageId":")" + id + "\"");
    forget({&anna});
    const auto gone = only(bob, "MESSAGE_MUTATION");
    CHECK(gone.at("by") == "anna");
    CHECK(gone.at("senderId") == "bob");
    CHECK(gone.at("roomId") == "r");
    CHECK_FALSE(gone.contains("content"));
    CHECK(late.take().empty());
}
