#include "tests/support/shard_fixture.hpp"
#include "tests/unit/auth/token_maker.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd;
using namespace wsd::test;
using words = std::vector<std::string>;

namespace {

// A token that ends so many seconds after now; the clock of the tests stands on a whole second or is cut to it.
std::string token_of(const shard_fixture& server, const std::string& user, int ends_in_s,
                     const std::string& more = "") {
    const auto end = server.time.wall_ms() / 1000 + ends_in_s;
    return hs256_token(R"({"sub":")" + user + R"(","exp":)" + std::to_string(end) + more + "}");
}

void refresh(const client& c, const std::string& token) {
    c.send(R"({"type":"AUTH_REFRESH","correlationId":"r","token":")" + token + R"("})");
}

client live_for(shard_fixture& server, milliseconds left) {
    client anna = server.connect("anna", "default", server.time.wall_ms() + left.count());
    anna.send_hello();
    server.settle();
    return anna;
}

} // namespace

TEST_CASE("a live connection is told a minute before its token ends, once", "[session]") {
    shard_fixture server;
    const client anna = live_for(server, milliseconds(100'000));
    const auto ends_at = server.time.wall_ms() + 100'000;
    (void)anna.take_words();
    server.live_through(milliseconds(39'400));
    CHECK(anna.take_words() == words{});
    server.live_through(milliseconds(1600));
    const auto frames = anna.take();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].at("type") == "AUTH_EXPIRING");
    CHECK(frames[0].at("expiresAt") == ends_at);
    server.live_through(milliseconds(58'000));
    CHECK(anna.take_words() == words{});
}

TEST_CASE("who comes with less than a minute left is told behind the snapshot", "[session]") {
    shard_fixture server;
    const client anna = live_for(server, milliseconds(59'000));
    CHECK(anna.take_words() == words{"CONNECTION_ESTABLISHED", "HELLO_ACK", "PRESENCE_SNAPSHOT", "AUTH_EXPIRING"});
}

TEST_CASE("a connection that has not said HELLO is not told of its token's end", "[session]") {
    shard_fixture server;
    const client anna = server.connect("anna", "default", server.time.wall_ms() + 59'000);
    server.settle();
    server.live_through(milliseconds(5000));
    CHECK(anna.take_words() == words{"CONNECTION_ESTABLISHED"});
}

TEST_CASE("a new token moves the end of the connection", "[session]") {
    shard_fixture server;
    const client anna = live_for(server, milliseconds(50'000));
    (void)anna.take();
    refresh(anna, token_of(server, "anna", 300));
    server.settle();
    const auto frames = anna.take();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].at("type") == "AUTH_REFRESHED");
    CHECK(frames[0].at("correlationId") == "r");
    CHECK(frames[0].at("sessionId") == "default");
    CHECK(frames[0].at("expiresAt") == (server.time.wall_ms() / 1000 + 300) * 1000);
    server.live_through(milliseconds(230'000)); // the old one has ended meanwhile
    CHECK(anna.take_words() == words{});
    server.live_through(milliseconds(12'000));
    CHECK(anna.take_words() == words{"AUTH_EXPIRING"});
    server.live_through(milliseconds(90'000)); // a minute, and the leeway of 30 s
    CHECK(anna.take_words() == words{"CLOSE(4002 TOKEN_EXPIRED)"});
}

TEST_CASE("a new token counts also when it ends earlier", "[session]") {
    shard_fixture server;
    const client anna = live_for(server, std::chrono::hours(1));
    (void)anna.take();
    refresh(anna, token_of(server, "anna", 10));
    server.settle();
    CHECK(anna.take_words() == words{"AUTH_REFRESHED", "AUTH_EXPIRING"});
    server.live_through(milliseconds(41'000));
    CHECK(anna.take_words() == words{"CLOSE(4002 TOKEN_EXPIRED)"});
}

TEST_CASE("the end of a token that is sent again is not announced again", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const std::string near_end = token_of(server, "anna", 50);
    refresh(anna, near_end);
    server.settle();
    CHECK(anna.take_words() == words{"AUTH_REFRESHED", "AUTH_EXPIRING"});
    refresh(anna, near_end);
    server.settle();
    CHECK(anna.take_words() == words{"AUTH_REFRESHED"});
    refresh(anna, token_of(server, "anna", 40));
    server.settle();
    CHECK(anna.take_words() == words{"AUTH_REFRESHED", "AUTH_EXPIRING"});
}

TEST_CASE("a new token is verified with the keys that the shard has now, and a connection outlives those it came with",
          "[session]") {
    shard_fixture server;
    const client anna = live_for(server, milliseconds(300'000));
    (void)anna.take();
    server.home().keys = key_set::from_pem(ed25519_key().public_pem()).value();
    refresh(anna, token_of(server, "anna", 300));
    server.settle();
    CHECK(anna.take_words() == words{"ERROR(INVALID_TOKEN)"});

    const token_text signed_anew{.header = R"({"alg":"EdDSA"})",
                                 .claims = R"({"sub":"anna","exp":)" +
                                           std::to_string(server.time.wall_ms() / 1000 + 300) + "}"};
    refresh(anna, sign_token(signed_anew, [](std::string_view text) { return ed25519_key().sign("EdDSA", text); }));
    server.settle();
    CHECK(anna.take_words() == words{"AUTH_REFRESHED"});
}

TEST_CASE("a new token that can't be verified leaves the old one in force", "[session]") {
    shard_fixture server;
    const client anna = live_for(server, milliseconds(100'000));
    (void)anna.take();
    refresh(anna, "no token");
    refresh(anna, "");
    refresh(anna, token_of(server, "anna", -31));
    refresh(anna, hs256_token(R"({"sub":"anna"})"));
    server.settle();
    CHECK(anna.take_words() == words(4, "ERROR(INVALID_TOKEN)"));
    server.live_through(milliseconds(131'000));
    CHECK(anna.take_words() == words{"AUTH_EXPIRING", "CLOSE(4002 TOKEN_EXPIRED)"});
}

TEST_CASE("the token of another user ends the connection, and presence without grace", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    refresh(anna, token_of(server, "bob", 300));
    anna.send(R"({"type":"PING"})");
    server.settle();
    CHECK(anna.take_words() == words{"ERROR(TOKEN_USER_MISMATCH)", "CLOSE(4001 TOKEN_USER_MISMATCH)"});
    anna.wire().send_close(4001);
    server.settle();
    CHECK(server.presence_news == words{"opened anna", "left anna"});
}

TEST_CASE("a new token may name another session and another role", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    refresh(anna, token_of(server, "anna", 300, R"(,"sid":"tab-2","role":"ADMIN")"));
    server.settle();
    const auto frames = anna.take();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].at("sessionId") == "tab-2");
    CHECK(server.home().connections.open_count_of({"anna"}, {"tab-2"}) == 1);
    CHECK(server.home().connections.open_count_of({"anna"}, {"default"}) == 0);

    // Nothing of the session that was left has ended; the end is one of the new session.
    anna.wire().reset();
    server.settle();
    const client left = server.connect("anna", "default");
    const client again = server.connect("anna", "tab-2");
    server.settle();
    CHECK(left.take()[0].at("isReconnect") == false);
    CHECK(again.take()[0].at("isReconnect") == true);
}

TEST_CASE("a token without an end never expires where such tokens are accepted", "[session]") {
    shard_fixture server({.verification = {.require_expiry = false}});
    const client anna = live_for(server, milliseconds(50'000));
    (void)anna.take();
    refresh(anna, hs256_token(R"({"sub":"anna"})"));
    server.settle();
    const auto frames = anna.take();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].at("expiresAt").is_null());
    server.live_through(milliseconds(120'000));
    CHECK(anna.take_words() == words{});
}
