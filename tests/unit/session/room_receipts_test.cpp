#include "tests/support/shard_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <boost/json/serialize.hpp>

using namespace wsd;
using namespace wsd::test;
using namespace std::chrono_literals;
using words = std::vector<std::string>;
namespace json = boost::json;

namespace {

// `anna` has a room with `bob` and `carol` and posts there.
struct fixture {
    explicit fixture(const shard_fixture::surroundings& around = {}) : server(around) {
        ask(anna, "ROOM_CREATE", R"("roomId":"r","memberIds":["bob","carol"])");
        forget();
    }
    void ask(const client& who, std::string_view type, std::string_view fields) {
        who.send("{\"type\":\"" + std::string(type) + "\"," + std::string(fields) + "}");
        server.settle();
    }
    std::string post() {
        ask(anna, "ROOM_MESSAGE", R"("roomId":"r","content":"x")");
        std::string id;
        for (const auto& frame : anna.take())
            if (frame.at("type") == "ROOM_MESSAGE_RESPONSE") id = frame.at("messageId").as_string();
        REQUIRE_FALSE(id.empty());
        return id;
    }
    void confirm(const client& who, std::string_view type, const std::string& id) {
        ask(who, type, "\"messageId\":\"" + id + "\"");
    }
    void forget() {
        for (const client* each : {&anna, &bob, &carol}) (void)each->take();
    }
    // `delivered/read/total` of each ROOM_DELIVERY_UPDATE; other frames as their types.
    words news(const client& who) {
        words shown;
        for (const auto& frame : who.take()) {
            if (frame.at("type") != "ROOM_DELIVERY_UPDATE") {
                shown.emplace_back(frame.at("type").as_string());
                continue;
            }
            CHECK(frame.at("roomId") == "r");
            shown.push_back(json::serialize(frame.at("deliveredCount")) + "/" + json::serialize(frame.at("readCount")) +
                            "/" + json::serialize(frame.at("totalCount")));
            last_id = frame.at("roomMessageId").as_string();
        }
        return shown;
    }

    shard_fixture server;
    client anna = server.live("anna");
    client bob = server.live("bob");
    client carol = server.live("carol");
    std::string last_id;
};

} // namespace

TEST_CASE("receipts in a room: each frame is answered, the author told", "[session][room][receipts]") {
    fixture f;
    const auto one = f.post();
    f.forget();
    f.confirm(f.bob, "MESSAGE_READ", one);
    auto reply = f.bob.take().at(0);
    CHECK(reply.at("code") == "INVALID_TRANSITION");
    CHECK(reply.at("currentState") == "sent");
    CHECK(f.news(f.anna).empty());

    f.confirm(f.bob, "MESSAGE_DELIVERED_CONFIRM", one);
    reply = f.bob.take().at(0);
    CHECK(reply.at("type") == "MESSAGE_ACK");
    CHECK(reply.at("state") == "delivered");
    CHECK_FALSE(reply.contains("alreadyInState"));
    CHECK(f.news(f.anna) == words{"1/0/2"});
    CHECK(f.last_id == one);
    CHECK(f.news(f.carol).empty());

    f.confirm(f.bob, "MESSAGE_ACK", one);
    CHECK(f.bob.take().at(0).at("alreadyInState") == true);
    f.ask(f.carol, "CLIENT_ACK", R"("ackType":"delivered","messageId":")" + one + "\"");
    CHECK(f.carol.take().at(0).at("type") == "ACK_RESPONSE");
    CHECK(f.news(f.anna) == words{"2/0/2"}); // at once: it completes
    f.ask(f.carol, "CLIENT_ACK", R"("ackType":"read","messageId":")" + one + "\"");
    reply = f.carol.take().at(0);
    CHECK(reply.at("state") == "read");
    CHECK(reply.at("alreadyInState") == false);
    CHECK(f.news(f.anna).empty()); // waits
    f.confirm(f.bob, "MESSAGE_READ_CONFIRM", one);
    CHECK(f.bob.take().at(0).at("state") == "read");
    CHECK(f.news(f.anna) == words{"2/2/2"});
    f.server.live_through(3s);
    CHECK(f.news(f.anna).empty());

    f.confirm(f.anna, "MESSAGE_ACK", one);
    CHECK(f.anna.take().at(0).at("code") == "NOT_AUTHORIZED");
    const client eve = f.server.live("eve");
    f.confirm(eve, "MESSAGE_ACK", one);
    CHECK(eve.take().at(0).at("code") == "MESSAGE_NOT_FOUND");
    f.ask(eve, "CLIENT_ACK", R"("ackType":"read","messageId":")" + one + "\"");
    reply = eve.take().at(0);
    CHECK(reply.at("type") == "ACK_ERROR");
    CHECK(reply.at("code") == "MESSAGE_NOT_FOUND");
}

TEST_CASE("updates of a second are one at its end, to the millisecond", "[session][room][receipts]") {
    fixture f;
    words ids;
    for (int i = 0; i < 4; ++i) ids.push_back(f.post());
    f.forget();
    f.confirm(f.bob, "MESSAGE_ACK", ids[0]);
    CHECK(f.news(f.anna) == words{"1/0/2"});
    f.server.advance(1ms);
    f.confirm(f.bob, "MESSAGE_ACK", ids[1]);
    f.server.advance(499ms);
    f.confirm(f.bob, "MESSAGE_ACK", ids[2]);
    f.confirm(f.carol, "MESSAGE_ACK", ids[0]);
    // Completes the first message's count, which is not the one that waits.
    CHECK(f.news(f.anna) == words{"2/0/2"});
    CHECK(f.last_id == ids[0]);
    f.server.advance(499ms);
    CHECK(f.news(f.anna).empty());
    f.server.advance(1ms);
    CHECK(f.news(f.anna) == words{"1/0/2"});
    CHECK(f.last_id == ids[2]);
    f.server.advance(999ms);
    f.confirm(f.bob, "MESSAGE_ACK", ids[3]);
    CHECK(f.news(f.anna).empty());
    f.server.advance(1ms);
    CHECK(f.news(f.anna) == words{"1/0/2"});
    CHECK(f.last_id == ids[3]);
    f.server.advance(1000ms);
    f.confirm(f.bob, "MESSAGE_READ", ids[0]);
    CHECK(f.news(f.anna) == words{"2/1/2"});
    CHECK(f.last_id == ids[0]);
}

TEST_CASE("every connection of each author is told, of its own newest message", "[session][room][receipts]") {
    fixture f;
    const client tab = f.server.live("anna", "");
    const auto by_anna = f.post();
    f.ask(f.bob, "ROOM_MESSAGE", R"("roomId":"r","content":"x")");
    f.forget();
    (void)tab.take();
    f.ask(f.carol, "MESSAGE_ACK", R"("upTo":3)");
    const auto reply = f.carol.take().at(0);
    CHECK(reply.at("upTo") == 3);
    CHECK(reply.at("state") == "delivered");
    CHECK(f.news(f.bob) == words{"1/0/2"});
    CHECK(f.last_id != by_anna);
    CHECK(f.news(f.anna) == words{"1/0/2"});
    CHECK(f.news(tab) == words{"1/0/2"});
    CHECK(f.last_id == by_anna);
}

TEST_CASE("an author hears nothing more of a room that it has left", "[session][room][receipts]") {
    fixture f;
    const auto one = f.post();
    const auto two = f.post();
    f.forget();
    f.confirm(f.bob, "MESSAGE_ACK", one);
    f.confirm(f.bob, "MESSAGE_ACK", two);
    CHECK(f.news(f.anna) == words{"1/0/2"});
    f.ask(f.anna, "ROOM_LEAVE", R"("roomId":"r")");
    f.forget();
    f.server.live_through(2s);
    f.confirm(f.carol, "MESSAGE_ACK", two);
    f.server.live_through(2s);
    CHECK(f.news(f.anna).empty());
    f.confirm(f.anna, "MESSAGE_ACK", one);
    CHECK(f.anna.take().at(0).at("code") == "MESSAGE_NOT_FOUND");
}

TEST_CASE("the reader's other connections learn how far it has read, in rooms and direct chats alike",
          "[session][room][receipts]") {
    fixture f;
    const client tab = f.server.live("bob");
    const auto one = f.post();
    const auto two = f.post();
    f.forget();
    (void)tab.take();
    f.confirm(f.bob, "MESSAGE_ACK", two);
    f.confirm(f.bob, "MESSAGE_READ", two);
    CHECK(f.news(f.bob) == words{"MESSAGE_ACK", "MESSAGE_ACK"});
    auto frames = tab.take();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].at("type") == "READ_STATE");
    CHECK(frames[0].at("chatId") == "room:r");
    CHECK(frames[0].at("readChatSeq") == 2);
    f.confirm(f.bob, "MESSAGE_READ", one); // it did not move
    CHECK(tab.take().empty());

    f.anna.send_message("bob", "direct");
    f.server.settle();
    const std::string direct(f.bob.take().back().at("messageId").as_string());
    (void)tab.take();
    f.confirm(f.bob, "MESSAGE_ACK", direct);
    f.ask(f.bob, "CLIENT_ACK", R"("ackType":"read","messageId":")" + direct + "\"");
    frames = tab.take();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].at("chatId") == "dm:anna:bob");
    CHECK(frames[0].at("readChatSeq") == 1);
}

TEST_CASE("what a client without cumack was replayed of a room counts as delivered", "[session][room][receipts]") {
    for (const std::string caps : {"", R"("seq")", R"("seq","cumack")"}) {
        CAPTURE(caps);
        fixture f;
        f.carol.wire().reset();
        f.server.settle();
        const auto one = f.post();
        f.forget();
        const client back = f.server.live("carol", caps);
        back.send(R"({"type":"RESUME"})");
        f.server.settle();
        CHECK_FALSE(back.take().empty());
        const bool counts = caps.find("cumack") == std::string::npos;
        CHECK(f.news(f.anna) == (counts ? words{"1/0/2"} : words{}));
        f.confirm(back, "MESSAGE_READ", one);
        CHECK((back.take().at(0).at("type") == "MESSAGE_ACK") == counts);
    }
}

TEST_CASE("while the log can't be written no receipt is answered with success or announced",
          "[session][room][receipts]") {
    fixture f;
    const auto one = f.post();
    f.forget();
    f.server.disk.broken = true;
    f.confirm(f.bob, "MESSAGE_ACK", one);
    CHECK(f.bob.take().at(0).at("code") == "PERSISTENCE_ERROR");
    CHECK(f.news(f.anna).empty());
    f.server.disk.broken = false;
    f.server.live_through(1s);
    f.confirm(f.bob, "MESSAGE_ACK", one);
    CHECK(f.bob.take().at(0).at("state") == "delivered");
    CHECK(f.news(f.anna) == words{"1/0/2"});
}

TEST_CASE("messages that stay unconfirmed for DELIVERY_ACK_TIMEOUT_MS are counted, each once", "[session][receipts]") {
    shard_fixture::surroundings around;
    around.options.delivery_ack_timeout_ms = 5000ms;
    fixture f(around);
    const auto timeouts = [&] {
        return f.server.home().metrics.cell(metric_offsets[static_cast<std::size_t>(metric::delivery_ack_timeouts)]);
    };
    const auto one = f.post(); // written to bob and carol
    f.anna.send_message("bob", "direct");
    f.server.settle();
    f.forget();
    f.confirm(f.carol, "MESSAGE_ACK", one);
    f.server.advance(4999ms);
    CHECK(timeouts() == 0);
    f.server.advance(1ms);
    CHECK(timeouts() == 2);
    f.confirm(f.bob, "MESSAGE_ACK", one);
    f.server.advance(10s);
    CHECK(timeouts() == 2);
    CHECK(f.server.home().unconfirmed.count_messages() == 0);

    (void)f.post();
    f.ask(f.bob, "MESSAGE_ACK", R"("upTo":4)");
    f.ask(f.carol, "MESSAGE_ACK", R"("upTo":3)");
    CHECK(f.server.home().unconfirmed.count_messages() == 0);
    f.server.advance(10s);
    CHECK(timeouts() == 2);
}
