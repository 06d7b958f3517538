#include "tests/support/shard_fixture.hpp"
#include "tests/unit/auth/token_maker.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

using namespace wsd;
using namespace wsd::test;

namespace {

using words = std::vector<std::string>;

std::string token_of(const shard_fixture& server, std::string_view more) {
    return hs256_token(R"({"sub":"anna","exp":)" + std::to_string(server.time.wall_ms() / 1000 + 3600) +
                       std::string(more) + "}");
}

void refresh(const client& who, const std::string& token) {
    who.send(R"({"type":"AUTH_REFRESH","token":")" + token + "\"}");
}

client live_as(shard_fixture& server, identity who) {
    const client made = server.connect(std::move(who));
    made.send_hello(R"("seq","cumack")");
    server.settle();
    (void)made.take_words();
    return made;
}

const words revoked_words{"ERROR(SESSION_REVOKED)", "CLOSE(4001 SESSION_REVOKED)"};
const words suspended_words{"ERROR(ACCOUNT_SUSPENDED)", "CLOSE(4003 ACCOUNT_SUSPENDED)"};

} // namespace

TEST_CASE("a revoked session's connections end, others of the user stay", "[session]") {
    shard_fixture server;
    const client tab = live_as(server, {.user = {"anna"}, .session = {"tab"}});
    const client unborn = server.connect("anna", "tab"); // before HELLO
    const client other = live_as(server, {.user = {"anna"}, .session = {"other"}});
    (void)unborn.take_words();
    (void)tab.take_words();
    server.exclude(revocation{.user = {"anna"}, .session = {"tab"}}, 7);
    server.settle();
    CHECK(tab.take_words() == revoked_words);
    CHECK(unborn.take_words() == revoked_words);
    CHECK(other.take_words() == words{});
    REQUIRE(server.exclusion_answers.size() == 1);
    CHECK(server.exclusion_answers[0].request == 7);
    CHECK(server.exclusion_answers[0].stored);
    CHECK(server.exclusion_answers[0].closed == 2);
    // What is closing already is not closed again.
    server.exclude(revocation{.user = {"anna"}, .session = {"tab"}});
    server.settle();
    CHECK(server.exclusion_answers.back().closed == 0);
}

TEST_CASE("tokens are revoked by the time of their issue", "[session]") {
    shard_fixture server;
    const timestamp now = server.time.wall_ms();
    const client early = live_as(server, {.user = {"anna"}, .session = {"a"}, .issued_at_ms = now - 1});
    const client late = live_as(server, {.user = {"anna"}, .session = {"b"}, .issued_at_ms = now + 1});
    const client undated = live_as(server, {.user = {"anna"}, .session = {"c"}});
    const client stranger = live_as(server, {.user = {"bob"}, .session = {"a"}, .issued_at_ms = now - 1});
    server.exclude(revocation{.user = {"anna"}, .issued_before = now});
    server.settle();
    CHECK(early.take_words() == revoked_words);
    CHECK(late.take_words() == words{});
    CHECK(undated.take_words() == revoked_words);
    CHECK(stranger.take_words() == words{});
    CHECK(server.exclusion_answers.back().closed == 2);
}

TEST_CASE("the connections of a suspended user end, and the user is offline at once", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    const client again = server.live("anna");
    server.exclude(suspension{.user = {"anna"}});
    server.settle();
    CHECK(anna.take_words() == suspended_words);
    CHECK(again.take_words() == suspended_words);
    CHECK(server.exclusion_answers.back().closed == 2);
    // The peers have not answered the close frames yet.
    CHECK(server.presence_news == words{"opened anna", "opened anna", "left anna", "left anna"});
    anna.wire().send_close(4003);
    again.wire().reset();
    server.settle();
    CHECK(server.presence_news.size() == 4); // told once
    server.exclude(suspension{.user = {"anna"}, .lifted = true});
    server.settle();
    CHECK(server.exclusion_answers.back().closed == 0);
    CHECK(server.home().exclusions.count() == 0);
}

TEST_CASE("nothing but the error is delivered once an exclusion has taken effect", "[session]") {
    shard_fixture server;
    const client bob = server.live("bob");
    const client anna = server.live("anna");
    bob.send_message("anna", "committed together with it");
    server.step_shard();
    server.exclude(suspension{.user = {"anna"}});
    server.settle();
    CHECK(anna.take_words() == suspended_words);
    bob.send_message("anna", "later");
    anna.send_message("bob", "too late");
    server.settle();
    CHECK(anna.take_words() == words{});
    CHECK(bob.take().size() == 4); // two acknowledgements, two echoes, nothing of anna's
}

TEST_CASE("what waits for a reader that has stalled is not delivered before the error", "[session]") {
    shard_fixture server;
    const client bob = server.live("bob");
    const client anna = server.live("anna");
    anna.wire().take_only(30); // the first frame is under way
    for (int i = 0; i < 5; ++i) bob.send_message("anna", "not for anna any more");
    server.settle();
    anna.send(R"({"type":"PING"})");
    server.settle();
    server.exclude(suspension{.user = {"anna"}});
    server.settle();
    anna.wire().take_all();
    server.settle();
    const words got = anna.take_words();
    REQUIRE(got.size() == 3);
    CHECK(got[0].starts_with("MESSAGE_RECEIVE"));
    CHECK(words(got.begin() + 1, got.end()) == suspended_words);
}

TEST_CASE("an exclusion that can't be stored changes nothing and says so", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    server.disk.broken = true;
    server.exclude(suspension{.user = {"anna"}}, 3);
    server.settle();
    CHECK(anna.take_words() == words{});
    REQUIRE(server.exclusion_answers.size() == 1);
    CHECK(server.exclusion_answers[0].request == 3);
    CHECK_FALSE(server.exclusion_answers[0].stored);
    CHECK(server.home().exclusions.count() == 0);
}

TEST_CASE("a token of a revoked session does not replace the one in force", "[session]") {
    shard_fixture server;
    const timestamp now = server.time.wall_ms();
    const client anna = live_as(
        server, {.user = {"anna"}, .session = {"good"}, .expires_at_ms = now + 100'000, .issued_at_ms = now + 5000});
    server.exclude(revocation{.user = {"anna"}, .session = {"bad"}});
    server.exclude(revocation{.user = {"anna"}, .issued_before = now});
    server.settle();
    CHECK(anna.take_words() == words{});
    refresh(anna, token_of(server, R"(,"sid":"bad","iat":1799000000)"));
    refresh(anna, token_of(server, R"(,"sid":"good","iat":1700000000)"));
    refresh(anna, token_of(server, R"(,"sid":"good")"));
    server.settle();
    CHECK(anna.take_words() == words(3, "ERROR(SESSION_REVOKED)"));
    CHECK(server.home().connections.open_count_of({"anna"}, {"good"}) == 1);
    server.live_through(milliseconds(131'000));
    CHECK(anna.take_words() == words{"AUTH_EXPIRING", "CLOSE(4002 TOKEN_EXPIRED)"});
}

TEST_CASE("a refreshed token is what a revocation looks at", "[session]") {
    shard_fixture server;
    const timestamp now = server.time.wall_ms();
    const client anna = live_as(server, {.user = {"anna"}, .session = {"old"}, .issued_at_ms = now});
    refresh(anna, token_of(server, R"(,"sid":"new","iat":)" + std::to_string(now / 1000 + 10)));
    server.settle();
    CHECK(anna.take_words() == words{"AUTH_REFRESHED"});
    server.exclude(revocation{.user = {"anna"}, .session = {"old"}});
    server.exclude(revocation{.user = {"anna"}, .issued_before = now});
    server.settle();
    CHECK(anna.take_words() == words{});
    server.exclude(revocation{.user = {"anna"}, .session = {"new"}});
    server.settle();
    CHECK(anna.take_words() == revoked_words);
}

TEST_CASE("a refresh of a suspended user ends the connection", "[session]") {
    shard_fixture server;
    const client anna = server.live("anna");
    server.home().exclusions.apply(suspension{.user = {"anna"}}, server.time.wall_ms());
    refresh(anna, token_of(server, ""));
    server.settle();
    CHECK(anna.take_words() == suspended_words);
}

TEST_CASE("a frame that waits for its turn is not handled after a revocation", "[session]") {
    shard_fixture::surroundings around;
    around.options.rate_limit_messages = 2;
    around.options.violations_before_throttle = 0;
    shard_fixture server(around);
    const client anna = server.live("anna");
    for (const char* text : {"1", "2", "3"}) anna.send_message("bob", text);
    server.settle();
    (void)anna.take_words();
    server.exclude(revocation{.user = {"anna"}});
    server.settle();
    CHECK(anna.take_words() == revoked_words);
    server.live_through(milliseconds(60'000));
    CHECK(anna.take_words() == words{});
    const client bob = server.live("bob");
    bob.send(R"({"type":"HISTORY","chatId":"dm:anna:bob"})");
    server.settle();
    const auto frames = bob.take();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].at("messages").as_array().size() == 2);
}
