#include "tests/support/shard_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>

using namespace wsd;
using namespace wsd::test;
using words = std::vector<std::string>;

namespace {

constexpr std::size_t events_bytes_max = 256 * 1024;
constexpr std::string_view noecho = R"("seq","cumack","noecho")";

words events(int first, int last) {
    words out;
    for (int seq = first; seq <= last; ++seq) out.push_back("MESSAGE_RECEIVE(" + std::to_string(seq) + ")");
    return out;
}

} // namespace

TEST_CASE("entries for a client that does not read wait in the log and come when it reads", "[session]") {
    shard_fixture server(without_rate_limit());
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob");
    bob.wire().take_only(0);
    send_many(server, anna, "bob", 150, std::string(10'000, 'x'));
    CHECK(anna.take_words().size() == 150);
    CHECK(bob.take_words() == words{});
    CHECK(bob.wire().unsent_peak() < events_bytes_max + 64 * 1024);

    bob.wire().take_all();
    server.settle();
    CHECK(bob.take_words() == events(1, 150));
    CHECK(bob.wire().unsent_peak() < events_bytes_max + 64 * 1024);
    CHECK(bob.wire().unsent() == 0);
}

TEST_CASE("content that grows when it is encoded costs no more memory", "[session]") {
    shard_fixture server(without_rate_limit());
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob");
    bob.wire().take_only(0);
    const std::string control_characters(10'000, '\x01'); // six octets each in JSON
    const int count = GENERATE(60, 320);                  // within the tail, and beyond
    send_many(server, anna, "bob", count, control_characters);
    bob.wire().take_only(1);
    server.settle();
    CHECK(bob.wire().unsent_peak() < events_bytes_max + 128 * 1024);
    bob.wire().take_all();
    server.settle();
    CHECK(bob.take_words() == events(1, count));
    CHECK(bob.wire().unsent_peak() < events_bytes_max + 128 * 1024);
}

TEST_CASE("entries beyond the tail come from the log, in order and once", "[session]") {
    shard_fixture server(without_rate_limit());
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob");
    bob.wire().take_only(0);
    send_many(server, anna, "bob", 1000, std::string(1000, 'x')); // the tail has the last 256
    SECTION("all at once") {
        bob.wire().take_all();
        server.settle();
        CHECK(bob.take_words() == events(1, 1000));
    }
    SECTION("while new ones come") {
        words got;
        for (int i = 0; i < 60; ++i) {
            bob.wire().take_only(40'000);
            anna.send_message("bob", "more");
            server.settle();
            const words some = bob.take_words();
            got.insert(got.end(), some.begin(), some.end());
        }
        bob.wire().take_all();
        server.settle();
        const words rest = bob.take_words();
        got.insert(got.end(), rest.begin(), rest.end());
        CHECK(got == events(1, 1060));
    }
}

TEST_CASE("a connection whose log can't be read is told to come back", "[session]") {
    shard_fixture server(without_rate_limit());
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob");
    bob.wire().take_only(0);
    send_many(server, anna, "bob", 600, std::string(1000, 'x'));
    server.disk.unreadable = true;
    bob.wire().take_all();
    server.settle();
    const words got = bob.take_words();
    REQUIRE(got.size() > 1);
    CHECK(got.back() == "CLOSE(1011 INTERNAL_ERROR)");
    CHECK(words(got.begin(), got.end() - 1) == events(1, static_cast<int>(got.size()) - 1));
}

TEST_CASE("a client that takes nothing for too long is closed as a slow consumer", "[session]") {
    shard_fixture server(without_rate_limit());
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob");
    bob.wire().take_only(0);
    send_many(server, anna, "bob", 300, "x");
    server.live_through(server.options.backpressure_stall_ms - milliseconds(20));
    CHECK_FALSE(bob.wire().aborted());

    SECTION("and reset when it does not even take the close frame") {
        server.live_through(milliseconds(40 + 4900));
        CHECK_FALSE(bob.wire().aborted());
        server.live_through(milliseconds(200));
        CHECK(bob.wire().aborted());
        CHECK(bob.wire().ended());
    }
    SECTION("and finds the close frame behind what was in its output") {
        server.live_through(milliseconds(100));
        bob.wire().take_all();
        server.settle();
        const words got = bob.take_words();
        REQUIRE_FALSE(got.empty());
        CHECK(got.back() == "CLOSE(1013 slow consumer)");
        CHECK(words(got.begin(), got.end() - 1) == events(1, static_cast<int>(got.size()) - 1));
    }
}

TEST_CASE("replies that are not taken make a slow consumer, too", "[session]") {
    shard_fixture::surroundings around = without_rate_limit();
    around.options.backpressure_buffered_threshold = 1024;
    shard_fixture server(around);
    const client anna = server.live("anna");
    anna.wire().take_only(0);
    for (int i = 0; i < 20; ++i) {
        anna.send(R"({"type":"NO_SUCH"})");
        server.settle();
    }
    server.live_through(server.options.backpressure_stall_ms + milliseconds(100));
    anna.wire().take_all();
    server.settle();
    words got = anna.take_words();
    CHECK(got.back() == "CLOSE(1013 slow consumer)");
    got.pop_back();
    CHECK(got.size() > 5);
    CHECK(got.size() < 20); // it was not read to the end
    CHECK(got == words(got.size(), "ERROR(UNKNOWN_TYPE)"));
}

TEST_CASE("an error before a close comes before it, however full the output is", "[session]") {
    shard_fixture::surroundings around = without_rate_limit();
    around.options.max_violations = 1;
    shard_fixture server(around);
    const client anna = server.live("anna");
    anna.wire().take_only(0);
    for (int i = 0; i < 5; ++i) anna.send(R"({"type":"NO_SUCH"})");
    anna.send("not json");
    server.settle();
    anna.wire().take_all();
    server.settle();
    words expected(5, "ERROR(UNKNOWN_TYPE)");
    for (const char* word : {"ERROR(INVALID_JSON)", "ERROR(TOO_MANY_INVALID_FRAMES)", "CLOSE(1008 MALFORMED)"})
        expected.emplace_back(word);
    CHECK(anna.take_words() == expected);
}

TEST_CASE("a stall without a backlog is no slow consumer", "[session]") {
    shard_fixture server(without_rate_limit());
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob");
    bob.wire().take_only(0);
    send_many(server, anna, "bob", 50, "x");
    server.live_through(milliseconds(20'000));
    CHECK_FALSE(bob.wire().aborted());
    bob.wire().take_all();
    server.settle();
    CHECK(bob.take_words() == events(1, 50));
}

TEST_CASE("a client that reads slowly is never closed for being behind", "[session]") {
    shard_fixture server(without_rate_limit());
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob");
    bob.wire().take_only(100);
    send_many(server, anna, "bob", 1000, std::string(100, 'x'));
    words got;
    for (int second = 0; second < 120; ++second) {
        server.live_through(milliseconds(1000));
        bob.wire().take_only(100);
        send_many(server, anna, "bob", 1, "x");
        const words some = bob.take_words();
        got.insert(got.end(), some.begin(), some.end());
    }
    CHECK_FALSE(bob.wire().aborted());
    CHECK(got == events(1, static_cast<int>(got.size())));
    CHECK(got.size() > 20);
}

TEST_CASE("a client that reads, but never all there is, is served", "[session]") {
    shard_fixture server(without_rate_limit());
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob", noecho);
    bob.wire().take_only(0);
    send_many(server, anna, "bob", 1000, std::string(1000, 'x'));
    for (int i = 0; i < 250; ++i) bob.send(R"({"type":"PING"})");
    server.settle();
    std::size_t pongs = 0;
    std::size_t received = 0;
    while (pongs < 250 && received < 1000) {
        bob.wire().take_only(50'000);
        server.settle();
        const words some = bob.take_words();
        pongs += static_cast<std::size_t>(std::count(some.begin(), some.end(), "PONG"));
        received += some.size() - static_cast<std::size_t>(std::count(some.begin(), some.end(), "PONG"));
    }
    CHECK(pongs == 250);
    CHECK(received < 1000);
}

TEST_CASE("a client that reads, but never all there is, is told what was held back", "[session]") {
    shard_fixture::surroundings around = without_rate_limit();
    around.options.backpressure_threshold = 10;
    shard_fixture server(around);
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob", noecho);
    const client carl = server.live("carl", noecho);
    send_many(server, bob, "carl", 3, "x");
    (void)bob.take_words();
    bob.wire().take_only(0);
    const std::string content(9000, 'x');
    send_many(server, anna, "bob", 12, content);
    carl.send(R"({"type":"MESSAGE_ACK","upTo":3})");
    server.settle();
    words got;
    const auto take = [&](std::size_t octets) {
        bob.wire().take_only(octets);
        server.settle();
        const words some = bob.take_words();
        got.insert(got.end(), some.begin(), some.end());
        CHECK(bob.wire().unsent() > 0);
    };
    take(9 * content.size());
    for (int i = 0; i < 20; ++i) {
        send_many(server, anna, "bob", 1, content);
        take(content.size() + 300);
    }
    CHECK(std::count(got.begin(), got.end(), "MESSAGE_STATE_UPDATE(delivered)") == 3);
    CHECK_FALSE(bob.wire().aborted());
}

TEST_CASE("a client that takes no replies is not read", "[session]") {
    shard_fixture server(without_rate_limit());
    const client anna = server.live("anna");
    anna.wire().take_only(0);
    for (int i = 0; i < 250; ++i) anna.send(R"({"type":"PING"})");
    server.settle();
    const std::size_t pong = server.options.backpressure_threshold * 60;
    CHECK(anna.wire().unsent() < 2 * pong);
    server.live_through(milliseconds(10'000));
    CHECK_FALSE(anna.wire().aborted());
    anna.wire().take_all();
    server.settle();
    CHECK(anna.take_words() == words(250, "PONG"));
}

TEST_CASE("state that was left out is told once, when the client reads again", "[session]") {
    shard_fixture server(without_rate_limit());
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob");
    send_many(server, anna, "bob", 300, "x");
    (void)anna.take_words();
    anna.wire().take_only(0);
    anna.send(R"({"type":"PING"})");
    server.settle();
    bob.send(R"({"type":"MESSAGE_ACK","upTo":300})");
    server.settle();
    anna.wire().take_all();
    server.settle();
    const words got = anna.take_words();
    CHECK(got.front() == "PONG");
    CHECK(std::count(got.begin(), got.end(), "MESSAGE_STATE_UPDATE(delivered)") == 200);
    CHECK(std::count(got.begin(), got.end(), "STATE_STALE") == 1);
    CHECK(got.back() == "STATE_STALE");
}

TEST_CASE("a receipt for very many messages lets others come between", "[session]") {
    shard_fixture server(without_rate_limit());
    const client anna = server.live("anna", noecho);
    const client bob = server.live("bob");
    const client carl = server.live("carl", noecho);
    send_many(server, anna, "bob", 1200, "x");
    (void)anna.take_words();
    (void)bob.take_words();
    bob.send(R"({"type":"MESSAGE_ACK","upTo":1200})");
    server.step_shard();
    carl.send_message("dora", "y");
    REQUIRE(server.store.run_once() == 1);
    server.step_shard();
    REQUIRE(server.store.run_once() == 2);
    server.step_shard();
    CHECK(carl.take_words() == words{"MESSAGE_ACK(1)"});
    CHECK(bob.take_words() == words{});
    server.settle();
    CHECK(bob.take_words() == words{"MESSAGE_ACK(1200)"});
    CHECK(anna.take_words() == words(1200, "MESSAGE_STATE_UPDATE(delivered)"));
}

TEST_CASE("octets that wait beyond the heartbeat's timeout are a dead connection", "[session]") {
    shard_fixture::surroundings around = without_rate_limit();
    around.options.heartbeat_interval = milliseconds(30'000);
    around.options.heartbeat_timeout = milliseconds(60'000);
    shard_fixture server(around);
    const client anna = server.live("anna");
    anna.wire().take_only(0);
    anna.send(R"({"type":"PING"})");
    server.settle();
    for (int i = 0; i < 59; ++i) {
        server.live_through(milliseconds(1000));
        anna.wire().send_pong();
    }
    CHECK_FALSE(anna.wire().aborted());
    server.live_through(milliseconds(2000));
    CHECK(anna.wire().aborted());
}

TEST_CASE("who catches up without being stalled again is told that something was left out", "[session]") {
    shard_fixture::surroundings around = without_rate_limit();
    around.options.backpressure_threshold = 5;
    around.options.backpressure_max_queue = 5;
    shard_fixture server(around);
    const client anna = server.live("anna", R"("cumack")");
    const client bob = server.live("bob");
    const client carl = server.live("carl", noecho);
    send_many(server, anna, "bob", 12, "x");
    (void)anna.take_words();
    (void)bob.take_words();
    anna.wire().take_only(0);
    send_many(server, carl, "anna", 60, std::string(10'000, 'x')); // twice what fits into a connection's output
    bob.send(R"({"type":"MESSAGE_ACK","upTo":12})");
    server.settle();
    anna.wire().take_all();
    server.settle();
    const words arrived = anna.take_words();
    CHECK(std::count(arrived.begin(), arrived.end(), "STATE_STALE") == 1);
    CHECK(arrived.back() == "STATE_STALE");
    send_many(server, carl, "anna", 1, "y");
    CHECK(anna.take_words() == words{"MESSAGE_RECEIVE(73)"});
}
