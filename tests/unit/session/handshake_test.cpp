#include "server/session/handshake.hpp"

#include "common/config/option_table.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/recording_logger.hpp"
#include "tests/unit/auth/token_maker.hpp"

#include <catch_amalgamated.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace wsd;

namespace {

std::string token_of(const std::string& user, const std::string& more = R"(,"exp":4000000000)") {
    return test::hs256_token(R"({"sub":")" + user + "\"" + more + "}");
}

struct rules_fixture {
    settings options = default_settings();
    test::manual_clock time;
    test::recording_logger log;
    admission_store::options limits;
    std::vector<std::string> origins{"https://app.example"};
    std::vector<std::string> proxies{"10.0.0.0/8"};
    std::atomic<bool> draining{false};
    std::unique_ptr<admission> places;
    ip_address peer = ip_address::from_v4({192, 0, 2, 1});

    [[nodiscard]] admission& gate() {
        if (!places) places = std::make_unique<admission>(limits);
        return *places;
    }
    [[nodiscard]] std::variant<admitted, http_code> ask(const upgrade_request& request) {
        const handshake_rules rules{.options = options,
                                    .time = time,
                                    .log = log,
                                    .verification = {},
                                    .origins = origin_list::parse(origins, true).value(),
                                    .proxies = proxy_list::parse(proxies).value(),
                                    .places = gate(),
                                    .draining = draining};
        return admit(rules, *key_set::from_secret(test::secret).value(), request, peer);
    }
    // The code of the refusal, or who was admitted; the place is given back.
    [[nodiscard]] std::string verdict(const upgrade_request& request) {
        const auto outcome = ask(request);
        if (const auto* code = std::get_if<http_code>(&outcome)) return std::string(describe(*code).text);
        return "user " + std::get<admitted>(outcome).who.user.value;
    }
};

upgrade_request without_token() {
    upgrade_request request;
    request.host = "chat.example";
    return request;
}

upgrade_request with_cookie(const std::string& cookies) {
    upgrade_request request = without_token();
    request.cookies = cookies;
    return request;
}

upgrade_request good() { return with_cookie("token=" + token_of("anna")); }

} // namespace

TEST_CASE("a request with a valid token is admitted and keeps its place", "[session]") {
    rules_fixture rules;
    {
        const auto outcome = rules.ask(good());
        REQUIRE(std::holds_alternative<admitted>(outcome));
        const auto& in = std::get<admitted>(outcome);
        CHECK(in.who.user.value == "anna");
        CHECK(in.who.session.value == "default");
        CHECK_FALSE(in.who.admin);
        CHECK(in.who.expires_at_ms == 4'000'000'000'000);
        CHECK_FALSE(in.select_subprotocol);
        CHECK(rules.gate().count() == 1);
    }
    CHECK(rules.gate().count() == 0);
}

TEST_CASE("session and role come from the token", "[session]") {
    rules_fixture rules;
    const auto outcome =
        rules.ask(with_cookie("token=" + token_of("anna", R"(,"exp":4000000000,"sid":"tab-1","role":"ADMIN")")));
    REQUIRE(std::holds_alternative<admitted>(outcome));
    CHECK(std::get<admitted>(outcome).who.session.value == "tab-1");
    CHECK(std::get<admitted>(outcome).who.admin);
}

TEST_CASE("of several failures of an upgrade the first in the order of checks is told", "[session]") {
    rules_fixture rules;
    rules.limits = {.connections_max = 2, .connections_per_ip_max = 1, .accepts_per_second = 2};
    const auto first = rules.ask(good());
    REQUIRE(std::holds_alternative<admitted>(first));

    rules.peer = ip_address::from_v4({192, 0, 2, 2});
    const auto second = rules.ask(good());
    REQUIRE(std::holds_alternative<admitted>(second));

    upgrade_request bad = with_cookie("token=a; token=b");
    bad.origin = "https://evil.example";
    rules.draining = true;
    CHECK(rules.verdict(bad) == "SHUTTING_DOWN");
    rules.draining = false;
    CHECK(rules.verdict(bad) == "CONNECTION_LIMIT");
}

TEST_CASE("a refused request gives its place back", "[session]") {
    rules_fixture rules;
    rules.limits = {.connections_max = 1};
    upgrade_request foreign = good();
    foreign.origin = "https://evil.example";
    for (int i = 0; i < 3; ++i) {
        CHECK(rules.verdict(foreign) == "ORIGIN_FORBIDDEN");
        CHECK(rules.verdict(with_cookie("token=a; token=b")) == "BAD_COOKIE");
        CHECK(rules.verdict(with_cookie("")) == "NO_TOKEN");
        CHECK(rules.verdict(with_cookie("token=no-token")) == "INVALID_TOKEN");
    }
    CHECK(rules.gate().count() == 0);
    CHECK(rules.verdict(good()) == "user anna");
}

TEST_CASE("connections are limited in all, then per address", "[session]") {
    rules_fixture rules;
    rules.limits = {.connections_max = 3, .connections_per_ip_max = 2};
    auto first = rules.ask(good());
    const auto second = rules.ask(good());
    CHECK(rules.verdict(good()) == "CONNECTION_LIMIT_IP");
    rules.peer = ip_address::from_v4({192, 0, 2, 2});
    const auto third = rules.ask(good());
    REQUIRE(std::holds_alternative<admitted>(third));
    CHECK(rules.verdict(good()) == "CONNECTION_LIMIT");
    rules.peer = ip_address::from_v4({192, 0, 2, 1});
    CHECK(rules.verdict(good()) == "CONNECTION_LIMIT");
    first = http_code::internal_error;
    CHECK(rules.verdict(good()) == "user anna");
}

TEST_CASE("upgrades per second are limited", "[session]") {
    rules_fixture rules;
    rules.limits = {.accepts_per_second = 2};
    CHECK(rules.verdict(good()) == "user anna");
    CHECK(rules.verdict(with_cookie("")) == "NO_TOKEN");
    CHECK(rules.verdict(with_cookie("")) == "CONNECTION_RATE");
    rules.time.advance(milliseconds(1001));
    CHECK(rules.verdict(good()) == "user anna");
}

TEST_CASE("the origin is looked at before any token", "[session]") {
    rules_fixture rules;
    const auto from = [](std::optional<std::string> origin, upgrade_request request = good()) {
        request.origin = std::move(origin);
        return request;
    };
    CHECK(rules.verdict(from({})) == "user anna");
    CHECK(rules.verdict(from("https://app.example")) == "user anna");
    CHECK(rules.verdict(from("HTTPS://APP.example:443")) == "user anna");
    CHECK(rules.verdict(from("http://chat.example")) == "user anna");
    CHECK(rules.verdict(from("https://evil.example")) == "ORIGIN_FORBIDDEN");
    CHECK(rules.verdict(from("null")) == "ORIGIN_FORBIDDEN");
    CHECK(rules.verdict(from("")) == "ORIGIN_FORBIDDEN");
    CHECK(rules.verdict(from("https://evil.example", with_cookie("token=a; token=b"))) == "ORIGIN_FORBIDDEN");
}

TEST_CASE("a token comes from the cookie, else the authorization, else a subprotocol", "[session]") {
    rules_fixture rules;
    upgrade_request request = without_token();
    request.subprotocols = "wsd.v1, wsd.bearer." + token_of("carl");
    CHECK(rules.verdict(request) == "user carl");
    request.authorization = "bearer " + token_of("bob");
    CHECK(rules.verdict(request) == "user bob");
    request.cookies = "other=1; token=\"" + token_of("anna") + "\"";
    CHECK(rules.verdict(request) == "user anna");

    SECTION("a source that has one decides, also when it is invalid") {
        request.cookies = "token=broken";
        CHECK(rules.verdict(request) == "INVALID_TOKEN");
    }
    SECTION("an empty cookie or another scheme is no source") {
        request.cookies = "token=";
        CHECK(rules.verdict(request) == "user bob");
        request.authorization = "Basic abc";
        CHECK(rules.verdict(request) == "user carl");
    }
    SECTION("the name of the cookie is configured and case-sensitive") {
        rules.options.jwt_cookie_name = "Token";
        CHECK(rules.verdict(request) == "user bob");
    }
}

TEST_CASE("the bearer subprotocol counts only beside the chat's", "[session]") {
    rules_fixture rules;
    upgrade_request request = without_token();
    request.subprotocols = "wsd.bearer." + token_of("carl");
    CHECK(rules.verdict(request) == "NO_TOKEN");
    request.subprotocols = "wsd.v1, wsd.bearer.a, wsd.bearer.b";
    CHECK(rules.verdict(request) == "BAD_REQUEST");
}

TEST_CASE("the chat's subprotocol is selected when it was offered", "[session]") {
    rules_fixture rules;
    upgrade_request request = good();
    request.subprotocols = "other, wsd.v1";
    const auto outcome = rules.ask(request);
    REQUIRE(std::holds_alternative<admitted>(outcome));
    CHECK(std::get<admitted>(outcome).select_subprotocol);
}

TEST_CASE("a token is refused once its end and the leeway are over", "[session]") {
    rules_fixture rules;
    const std::int64_t end_s = rules.time.wall_ms() / 1000 + 10;
    const auto request = with_cookie("token=" + token_of("anna", ",\"exp\":" + std::to_string(end_s)));
    CHECK(rules.verdict(request) == "user anna");
    rules.time.advance(milliseconds(end_s * 1000 - rules.time.wall_ms() + 29'999));
    CHECK(rules.verdict(request) == "user anna");
    rules.time.advance(milliseconds(1));
    CHECK(rules.verdict(request) == "INVALID_TOKEN");
    CHECK(rules.verdict(with_cookie("token=" + token_of("anna", ""))) == "INVALID_TOKEN");
}

TEST_CASE("why a token was refused is in the log, with the client's address and without the token", "[session]") {
    rules_fixture rules;
    CHECK(rules.verdict(with_cookie("token=" + token_of("anna", R"(,"exp":1)"))) == "INVALID_TOKEN");
    CHECK_THAT(rules.log.text(), Catch::Matchers::ContainsSubstring("credential_refused") &&
                                     Catch::Matchers::ContainsSubstring("192.0.2.1") &&
                                     !Catch::Matchers::ContainsSubstring("eyJ"));
}

TEST_CASE("behind a trusted proxy the client's own address is counted", "[session]") {
    rules_fixture rules;
    rules.limits = {.connections_per_ip_max = 1};
    upgrade_request request = good();
    request.forwarded_for = "203.0.113.7";

    SECTION("a proxy's word counts") {
        rules.peer = ip_address::from_v4({10, 0, 0, 1});
        const auto first = rules.ask(request);
        CHECK(rules.verdict(request) == "CONNECTION_LIMIT_IP");
        request.forwarded_for = "203.0.113.8";
        CHECK(rules.verdict(request) == "user anna");
        request.forwarded_for.reset();
        request.real_ip = "203.0.113.7";
        CHECK(rules.verdict(request) == "CONNECTION_LIMIT_IP");
    }
    SECTION("a stranger's does not") {
        const auto first = rules.ask(request);
        request.forwarded_for = "203.0.113.8";
        CHECK(rules.verdict(request) == "CONNECTION_LIMIT_IP");
    }
    SECTION("an IPv6 address counts with its neighbours in the /64") {
        rules.peer = *ip_address::parse("2001:db8::1");
        const auto first = rules.ask(good());
        rules.peer = *ip_address::parse("2001:db8::ffff:2");
        CHECK(rules.verdict(good()) == "CONNECTION_LIMIT_IP");
        rules.peer = *ip_address::parse("2001:db8:0:1::1");
        CHECK(rules.verdict(good()) == "user anna");
    }
}
