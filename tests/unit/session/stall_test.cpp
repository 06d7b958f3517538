#include "tests/support/shard_fixture.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd;
using namespace wsd::test;
using words = std::vector<std::string>;

namespace {

constexpr std::string_view noecho = R"("seq","cumack","noecho")";

} // namespace

TEST_CASE("a connection that has stalled is looked at now and then", "[session]") {
    shard_fixture server(without_rate_limit());
    const client anna = server.live("anna", noecho);
    const client bob = server.connect("bob", "default", server.time.wall_ms() + 3'600'000);
    bob.send_hello();
    server.settle();
    (void)bob.take_words();
    bob.wire().take_only(0);
    send_many(server, anna, "bob", 50, "x");
    server.live_through(server.options.backpressure_stall_ms + milliseconds(2000));
    CHECK(server.home().wheel.size() < 10);
    const client carl = server.connect("carl"); // others' deadlines are kept
    server.settle();
    server.live_through(server.options.hello_timeout + milliseconds(40));
    CHECK(carl.take_words().back() == "CLOSE(1008 HELLO_TIMEOUT)");
    CHECK_FALSE(bob.wire().aborted());
}

TEST_CASE("a stalled client with few frames is closed when more come", "[session]") {
    shard_fixture server(without_rate_limit());
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob");
    bob.wire().take_only(0);
    send_many(server, anna, "bob", 50, "x");
    server.live_through(milliseconds(20'000));
    send_many(server, anna, "bob", 300, "x");
    server.live_through(milliseconds(300));
    bob.wire().take_all();
    server.settle();
    CHECK(bob.take_words().back() == "CLOSE(1013 slow consumer)");
}

TEST_CASE("large replies that are not taken end the reading after some octets", "[session]") {
    shard_fixture::surroundings around = without_rate_limit();
    around.options.backpressure_buffered_threshold = 64 * 1024;
    shard_fixture server(around);
    const client anna = server.live("anna", noecho);
    send_many(server, anna, "bob", 3, std::string(10'000, 'x'));
    (void)anna.take_words();
    anna.wire().take_only(0);
    for (int i = 0; i < 50; ++i) anna.send(R"({"type":"HISTORY","chatId":"dm:anna:bob"})");
    server.settle();
    CHECK(anna.wire().unsent() > 64 * 1024);
    CHECK(anna.wire().unsent() < (64 + 64 + 6 * 32) * 1024); // of events besides, and the replies that overflow
    anna.wire().take_all();
    server.settle();
    CHECK(anna.take_words() == words(50, "HISTORY_RESPONSE"));
}
