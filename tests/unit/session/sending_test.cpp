#include "tests/support/shard_fixture.hpp"
#include "tests/unit/auth/token_maker.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd;
using namespace wsd::test;
using words = std::vector<std::string>;

namespace {

constexpr std::string_view noecho = R"("seq","cumack","noecho")";

} // namespace

TEST_CASE("nothing about a message leaves before its commit", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    anna.send_message("bob", "hi", "1");
    server.step_shard();
    CHECK(anna.take_words() == words{});
    CHECK(bob.take_words() == words{});
    REQUIRE(server.store.run_once() == 1);
    server.step_shard();
    CHECK(bob.take_words() == words{"MESSAGE_RECEIVE(1)"});
    CHECK(anna.take_words() == words{"MESSAGE_ACK(1)", "MESSAGE_RECEIVE(1)"});
}

TEST_CASE("acknowledgement and events tell the same message", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    anna.send(
        R"({"type":"MESSAGE_SEND","recipientId":"bob","content":"hi","clientMessageId":"k","correlationId":"c"})");
    server.settle();
    const auto to_anna = anna.take();
    const auto to_bob = bob.take();
    REQUIRE(to_anna.size() == 2);
    REQUIRE(to_bob.size() == 1);
    CHECK(to_anna[0].at("correlationId") == "c");
    CHECK(to_anna[0].at("clientMessageId") == "k");
    CHECK(to_anna[0].at("durability") == "memory");
    CHECK_FALSE(to_anna[1].contains("correlationId"));
    CHECK(to_anna[1].at("clientMessageId") == "k");
    CHECK_FALSE(to_bob[0].contains("clientMessageId"));
    for (const auto* frame : {&to_anna[1], &to_bob[0]}) {
        CHECK(frame->at("messageId") == to_anna[0].at("messageId"));
        CHECK(frame->at("content") == "hi");
        CHECK(frame->at("senderId") == "anna");
        CHECK_FALSE(frame->contains("isReplay"));
    }
}

TEST_CASE("every device of both users gets the message once", "[session]") {
    shard_fixture server;
    const client phone = server.live("anna");
    const client laptop = server.live("anna");
    const client bob = server.live("bob");
    const client other_bob = server.live("bob");
    phone.send_message("bob", "hi");
    server.settle();
    CHECK(phone.take_words() == words{"MESSAGE_ACK(1)", "MESSAGE_RECEIVE(1)"});
    CHECK(laptop.take_words() == words{"MESSAGE_RECEIVE(1)"});
    CHECK(bob.take_words() == words{"MESSAGE_RECEIVE(1)"});
    CHECK(other_bob.take_words() == words{"MESSAGE_RECEIVE(1)"});
}

TEST_CASE("a connection that has not said HELLO gets no events", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const client silent = server.connect("bob");
    server.settle();
    (void)silent.take_words();
    anna.send_message("bob", "hi");
    server.settle();
    CHECK(silent.take_words() == words{});
    silent.send_hello();
    server.settle();
    CHECK(silent.take_words() == words{"HELLO_ACK", "PRESENCE_SNAPSHOT"});
}

TEST_CASE("a message between HELLO's commit and its acknowledgement comes live", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const client bob = server.connect("bob");
    bob.send_hello();
    server.step_shard();
    anna.send_message("bob", "hi");
    server.step_shard();
    REQUIRE(server.store.run_once() == 2);
    server.settle();
    CHECK(bob.take_words() == words{"CONNECTION_ESTABLISHED", "HELLO_ACK", "PRESENCE_SNAPSHOT", "MESSAGE_RECEIVE(1)"});
}

TEST_CASE("with noecho the acknowledgement stands for the own message, elsewhere not", "[session]") {
    shard_fixture server;
    const client phone = server.live("anna", noecho);
    const client laptop = server.live("anna", noecho);
    phone.send_message("bob", "one");
    server.settle();
    phone.send_message("bob", "two");
    server.settle();
    CHECK(phone.take_words() == words{"MESSAGE_ACK(1)", "MESSAGE_ACK(2)"});
    CHECK(laptop.take_words() == words{"MESSAGE_RECEIVE(1)", "MESSAGE_RECEIVE(2)"});
    laptop.send_message("bob", "three");
    server.settle();
    CHECK(laptop.take_words() == words{"MESSAGE_ACK(3)"});
    CHECK(phone.take_words() == words{"MESSAGE_RECEIVE(3)"});
}

TEST_CASE("with noecho entries before the own one come before its acknowledgement", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob", noecho);
    bob.send_message("anna", "first");
    server.step_shard();
    anna.send_message("bob", "second");
    server.settle();
    CHECK(anna.take_words() == words{"MESSAGE_RECEIVE(1)", "MESSAGE_ACK(2)"});
    CHECK(bob.take_words() == words{"MESSAGE_ACK(1)", "MESSAGE_RECEIVE(2)"});
}

TEST_CASE("a message that is sent again is acknowledged, not stored or told again", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob");
    anna.send_message("bob", "hi", "key");
    anna.send_message("bob", "hi", "key");
    anna.send_message("bob", "other", "key");
    server.settle();
    const auto frames = anna.take();
    REQUIRE(frames.size() == 3);
    CHECK(frames[0].at("type") == "MESSAGE_ACK");
    CHECK(frames[1].at("duplicate") == true);
    CHECK(frames[1].at("messageId") == frames[0].at("messageId"));
    CHECK(frames[2].at("type") == "MESSAGE_NACK");
    CHECK(frames[2].at("code") == "CLIENT_ID_CONFLICT");
    CHECK(frames[2].at("clientMessageId") == "key");
    CHECK(bob.take_words() == words{"MESSAGE_RECEIVE(1)"});
}

TEST_CASE("sends are stored together and answered in their order", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob");
    words acknowledged, received;
    for (int i = 1; i <= 40; ++i) {
        anna.send_message("bob", "x" + std::to_string(i));
        acknowledged.push_back("MESSAGE_ACK(" + std::to_string(i) + ")");
        received.push_back("MESSAGE_RECEIVE(" + std::to_string(i) + ")");
    }
    server.step_shard();
    CHECK(server.store.queue_depth() == 32); // the rest waits to be read
    CHECK(anna.take_words().empty());
    server.settle();
    CHECK(anna.take_words() == acknowledged);
    CHECK(bob.take_words() == received);
}

TEST_CASE("refusals between sends keep their place", "[session]") {
    const auto refused = GENERATE(table<std::string, std::string>({
        {R"({"type":"MESSAGE_SEND","recipientId":"bob","content":" "})", "MESSAGE_NACK(VALIDATION_ERROR)"},
        {R"({"type":"MESSAGE_SEND","recipientId":"anna","content":"me"})", "MESSAGE_NACK(VALIDATION_ERROR)"},
        {R"({"type":"MESSAGE_SEND","recipientId":"bob"})", "MESSAGE_ERROR(INVALID_PAYLOAD)"},
        {R"({"type":"MESSAGE_SEND","type":"x"})", "MESSAGE_ERROR(INVALID_PAYLOAD)"},
        {R"({"type":7})", "MESSAGE_ERROR(INVALID_PAYLOAD)"},
        {"{", "ERROR(INVALID_JSON)"},
        {R"({"type":"NO_SUCH"})", "ERROR(UNKNOWN_TYPE)"},
        {R"({"type":"HELLO","version":1})", "ERROR(HELLO_ALREADY_SENT)"},
    }));
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    anna.send_message("bob", "one");
    anna.send(std::get<0>(refused));
    anna.send_message("bob", "two");
    server.step_shard();
    CHECK(anna.take_words().empty());
    server.settle();
    CHECK(anna.take_words() == words{"MESSAGE_ACK(1)", std::get<1>(refused), "MESSAGE_ACK(2)"});
}

TEST_CASE("a send that a full queue refuses is answered after those before it", "[session]") {
    shard_fixture server({.store = {.max_bytes = 8192}});
    const client anna = server.live("anna", noecho);
    anna.send_message("bob", "x");
    anna.send_message("bob", std::string(9000, 'x'));
    anna.send_message("bob", "y");
    server.step_shard();
    CHECK(anna.take_words().empty());
    server.settle();
    CHECK(anna.take_words() == words{"MESSAGE_ACK(1)", "MESSAGE_NACK(SERVER_BUSY)", "MESSAGE_ACK(2)"});
}

TEST_CASE("the second half of the store's queue is for connections with nothing in it", "[session]") {
    shard_fixture server({.store = {.max_requests = 8}});
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob", noecho);
    for (int i = 0; i < 6; ++i) anna.send_message("carl", "x");
    server.step_shard();
    CHECK(server.store.queue_depth() == 4);
    bob.send_message("carl", "x");
    bob.send_message("carl", "x");
    server.step_shard();
    CHECK(server.store.queue_depth() == 5);
    server.settle();
    CHECK(anna.take_words().size() == 6);
    CHECK(bob.take_words() == words{"MESSAGE_ACK(1)", "MESSAGE_ACK(2)"});
}

TEST_CASE("sends before what ends the connection are answered first", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    anna.send_message("bob", "one");
    anna.send_message("bob", "two");
    SECTION("a message that is too large") {
        anna.wire().send_violation(inbound_kind::too_large);
        server.settle();
        CHECK(anna.take_words() == words{"MESSAGE_ACK(1)", "MESSAGE_ACK(2)", "CLOSE(1009 PAYLOAD_TOO_LARGE)"});
    }
    SECTION("another user's token") {
        anna.send(R"({"type":"AUTH_REFRESH","token":")" + hs256_token(R"({"sub":"bob","exp":99999999999})") + R"("})");
        server.settle();
        CHECK(anna.take_words() == words{"MESSAGE_ACK(1)", "MESSAGE_ACK(2)", "ERROR(TOKEN_USER_MISMATCH)",
                                         "CLOSE(4001 TOKEN_USER_MISMATCH)"});
    }
}

TEST_CASE("what waits behind sends is not handled once the connection closes", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    for (int i = 0; i < 40; ++i) anna.send_message("bob", "x");
    anna.send(R"({"type":"PING"})");
    server.step_shard();
    SECTION("the client has gone") {
        anna.wire().reset();
        server.settle();
        CHECK(anna.wire().ended());
        CHECK(server.store.metrics().messages.load() == 32);
    }
    SECTION("the server shuts down") {
        server.begin_to_shut_down(milliseconds(5000));
        server.settle();
        const auto said = anna.take_words();
        REQUIRE(said.size() == 34); // SERVER_SHUTDOWN, what was under way, the close
        CHECK(said[32] == "MESSAGE_ACK(32)");
        CHECK(said[33] == "CLOSE(1001 SERVER_SHUTDOWN)");
    }
}

TEST_CASE("RESUME behind sends begins after their replies", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    anna.send_message("bob", "one");
    anna.send(R"({"type":"RESUME","epoch":")" + server.disk.identity().epoch + R"(","seq":0})");
    server.settle();
    const auto said = anna.take_words();
    REQUIRE(said.size() >= 2);
    CHECK(said[0] == "MESSAGE_ACK(1)");
    CHECK(said[1].starts_with("RESYNC_START"));
}

TEST_CASE("sends of one commit that fails are all refused, in their order", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    server.disk.broken = true;
    const words ids{"a", "b", "c"};
    for (const auto& id : ids) anna.send_message("bob", "x", id);
    server.settle();
    const auto frames = anna.take();
    REQUIRE(frames.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(frames[i].at("code") == "PERSISTENCE_ERROR");
        CHECK(frames[i].at("clientMessageId").as_string() == ids[i]);
    }
}

TEST_CASE("other requests wait for the sends before them", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    anna.send_message("bob", "one");
    anna.send(R"({"type":"PING"})");
    anna.send_message("bob", "two");
    server.step_shard();
    CHECK(server.store.queue_depth() == 1);
    server.settle();
    CHECK(anna.take_words() == words{"MESSAGE_ACK(1)", "PONG", "MESSAGE_ACK(2)"});
}

TEST_CASE("a recipient who is away is told of once, to contacts only", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    anna.send_message("bob", "hi");
    server.settle();
    CHECK(anna.take_words() == words{"MESSAGE_ACK(1)"});
    {
        const client bob = server.live("bob", noecho);
        bob.send_message("anna", "hello");
        server.settle();
        bob.wire().reset();
        server.settle();
    }
    (void)anna.take_words();
    anna.send_message("bob", "still there?");
    server.settle();
    const auto frames = anna.take();
    REQUIRE(frames.size() == 2);
    CHECK(frames[0].at("type") == "MESSAGE_ACK");
    CHECK(frames[1].at("type") == "DELIVERY_STATUS");
    CHECK(frames[1].at("status") == "RECIPIENT_OFFLINE");
}

TEST_CASE("a message that the log can't take is refused, and the next one after the repair is not", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob");
    server.disk.broken = true;
    anna.send_message("bob", "lost", "k");
    server.settle();
    auto frames = anna.take();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].at("type") == "MESSAGE_NACK");
    CHECK(frames[0].at("code") == "PERSISTENCE_ERROR");
    CHECK(frames[0].at("retryable") == true);
    CHECK(frames[0].at("clientMessageId") == "k");
    CHECK_FALSE(server.store.log_ok());

    // One can still connect and see what is there.
    const client carl = server.connect("carl");
    carl.send_hello();
    server.settle();
    CHECK(carl.take_words() == words{"CONNECTION_ESTABLISHED", "HELLO_ACK", "PRESENCE_SNAPSHOT"});

    server.disk.broken = false;
    anna.send_message("bob", "too early");
    server.settle();
    CHECK(anna.take_words() == words{"MESSAGE_NACK(PERSISTENCE_ERROR)"});
    server.advance(milliseconds(500));
    anna.send_message("bob", "hi", "k");
    server.settle();
    CHECK(anna.take_words() == words{"MESSAGE_ACK(1)"});
    CHECK(bob.take_words() == words{"MESSAGE_RECEIVE(1)"});
}

TEST_CASE("a full queue of the store is a refusal that names a time, not a wait", "[session]") {
    shard_fixture server({.store = {.max_requests = 1}});
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob", noecho);
    anna.send_message("carl", "first");
    server.step_shard();
    bob.send_message("carl", "second", "k");
    server.step_shard();
    const auto frames = bob.take();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].at("type") == "MESSAGE_NACK");
    CHECK(frames[0].at("code") == "SERVER_BUSY");
    CHECK(frames[0].at("retryable") == true);
    CHECK(frames[0].at("retryAfterMs").as_int64() > 0);
    server.settle();
    CHECK(anna.take_words() == words{"MESSAGE_ACK(1)"});
    bob.send_message("carl", "second", "k");
    server.settle();
    CHECK(bob.take_words() == words{"MESSAGE_ACK(1)"});
}

TEST_CASE("a message whose sender has gone is delivered all the same", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const client bob = server.live("bob");
    anna.send_message("bob", "hi");
    server.step_shard();
    anna.send_message("bob", "there");
    server.step_shard();
    anna.wire().reset();
    server.settle();
    CHECK(anna.wire().ended());
    CHECK(bob.take_words() == words{"MESSAGE_RECEIVE(1)", "MESSAGE_RECEIVE(2)"});
}
