#include "tests/support/shard_fixture.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd;
using namespace wsd::test;
using words = std::vector<std::string>;

TEST_CASE("a connection is told about itself before anything else", "[session]") {
    shard_fixture server;
    const client anna = server.connect("anna", "tab-1");
    server.settle();
    const auto frames = anna.take();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].at("type") == "CONNECTION_ESTABLISHED");
    CHECK(frames[0].at("userId") == "anna");
    CHECK(frames[0].at("sessionId") == "tab-1");
    CHECK(frames[0].at("connectionCount") == 1);
    CHECK(frames[0].at("isReconnect") == false);
    CHECK(server.presence_news == words{"opened anna"});
}

TEST_CASE("a connection learns of the user's others and that its session was here before", "[session]") {
    shard_fixture server;
    const client first = server.connect("anna", "tab-1");
    server.settle();
    const client second = server.connect("anna", "tab-1");
    server.settle();
    auto frames = second.take();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].at("connectionCount") == 2);
    CHECK(frames[0].at("isReconnect") == false);

    first.wire().reset();
    server.settle();
    CHECK(first.wire().ended());
    const client third = server.connect("anna", "tab-1");
    server.settle();
    frames = third.take();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].at("connectionCount") == 2);
    CHECK(frames[0].at("isReconnect") == true);
}

TEST_CASE("HELLO is answered with its acknowledgement, then with who is present", "[session]") {
    shard_fixture server;
    const client anna = server.connect("anna");
    anna.send(R"({"type":"HELLO","version":1,"caps":["seq","unheard-of"],"correlationId":"h"})");
    server.settle();
    const auto frames = anna.take();
    REQUIRE(frames.size() == 3);
    CHECK(frames[1].at("type") == "HELLO_ACK");
    CHECK(frames[1].at("correlationId") == "h");
    CHECK(frames[1].at("caps") == boost::json::array{"seq"});
    CHECK(frames[1].at("head") == 0);
    CHECK(frames[2].at("type") == "PRESENCE_SNAPSHOT");
    CHECK_FALSE(frames[2].contains("correlationId"));
}

TEST_CASE("HELLO is not answered before the log has been asked", "[session]") {
    shard_fixture server;
    const client anna = server.connect("anna");
    anna.send_hello();
    server.step_shard();
    CHECK(anna.take_words() == words{"CONNECTION_ESTABLISHED"});
    REQUIRE(server.store.run_once() == 1);
    server.step_shard();
    CHECK(anna.take_words() == words{"HELLO_ACK", "PRESENCE_SNAPSHOT"});
}

TEST_CASE("another frame than HELLO ends a connection that has not said it", "[session]") {
    shard_fixture server;
    const client anna = server.connect("anna");
    anna.send(R"({"type":"PING","correlationId":"p"})");
    anna.send_hello();
    server.settle();
    CHECK(anna.take_words() == words{"CONNECTION_ESTABLISHED", "ERROR(HELLO_REQUIRED)", "CLOSE(1008 HELLO_REQUIRED)"});
    CHECK_FALSE(anna.wire().ended());
    anna.wire().send_close(1008);
    server.settle();
    CHECK(anna.wire().ended());
    CHECK(server.presence_news == words{"opened anna", "ended anna"});
}

TEST_CASE("a malformed HELLO may be said again", "[session]") {
    shard_fixture server;
    const client anna = server.connect("anna");
    anna.send(R"({"type":"HELLO"})");
    anna.send(R"({"type":"HELLO","version":"1"})");
    anna.send(R"({"type":"HELLO","version":1.5})");
    anna.send_hello();
    anna.send_hello();
    server.settle();
    CHECK(anna.take_words() == words{"CONNECTION_ESTABLISHED", "MESSAGE_ERROR(INVALID_PAYLOAD)",
                                     "MESSAGE_ERROR(INVALID_PAYLOAD)", "MESSAGE_ERROR(INVALID_PAYLOAD)", "HELLO_ACK",
                                     "PRESENCE_SNAPSHOT", "ERROR(HELLO_ALREADY_SENT)"});
}

TEST_CASE("a version that is not spoken ends the connection", "[session]") {
    shard_fixture server;
    const client anna = server.connect("anna");
    anna.send(R"({"type":"HELLO","version":2})");
    server.settle();
    CHECK(anna.take_words() == words{"CONNECTION_ESTABLISHED", "ERROR(UNSUPPORTED_PROTOCOL_VERSION)",
                                     "CLOSE(1008 UNSUPPORTED_PROTOCOL_VERSION)"});
}

TEST_CASE("HELLO has its time and no more", "[session]") {
    shard_fixture server;
    const client anna = server.connect("anna");
    const client bob = server.connect("bob");
    server.settle();
    (void)anna.take_words();
    server.advance(server.options.hello_timeout - milliseconds(1));
    CHECK(anna.take_words() == words{});
    bob.send_hello();
    server.settle();
    server.advance(milliseconds(17)); // the deadline, and a step of the wheel
    CHECK(anna.take_words() == words{"ERROR(HELLO_REQUIRED)", "CLOSE(1008 HELLO_TIMEOUT)"});
    server.live_through(milliseconds(1000));
    CHECK_FALSE(bob.wire().aborted());
    CHECK(bob.take_words() == words{"CONNECTION_ESTABLISHED", "HELLO_ACK", "PRESENCE_SNAPSHOT"});
}

TEST_CASE("a HELLO that came in time is not late because the log is slow", "[session]") {
    shard_fixture server;
    const client anna = server.connect("anna");
    server.settle();
    (void)anna.take_words();
    anna.send_hello();
    server.step_shard();
    server.pass_without_log(server.options.hello_timeout + milliseconds(1000));
    CHECK(anna.take_words() == words{});
    CHECK(server.home().wheel.size() < 10); // it is looked at now and then
    server.settle();
    CHECK(anna.take_words() == words{"HELLO_ACK", "PRESENCE_SNAPSHOT"});
}

TEST_CASE("a HELLO that failed gives no more time", "[session]") {
    shard_fixture server({.store = {.max_requests = 1}});
    const client anna = server.connect("anna");
    const client bob = server.connect("bob");
    server.settle();
    (void)anna.take_words();
    bob.send_hello();
    anna.send_hello();
    server.step_shard();
    CHECK(anna.take_words() == words{"ERROR(SERVER_BUSY)"});
    server.live_through(server.options.hello_timeout + milliseconds(20));
    CHECK(anna.take_words() == words{"ERROR(HELLO_REQUIRED)", "CLOSE(1008 HELLO_TIMEOUT)"});
}

TEST_CASE("a close frame that is not answered is waited for five seconds", "[session]") {
    shard_fixture server;
    const client anna = server.connect("anna");
    anna.send("no json");
    anna.send(R"({"type":"PING"})");
    server.settle();
    CHECK(anna.take_words().back() == "CLOSE(1008 HELLO_REQUIRED)");
    server.advance(milliseconds(4999));
    CHECK_FALSE(anna.wire().aborted());
    server.advance(milliseconds(17));
    CHECK(anna.wire().aborted());
    CHECK(anna.wire().ended());
}
