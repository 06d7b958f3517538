#include "common/auth/token_tools.hpp"

#include "common/auth/base64url.hpp"
#include "tests/unit/auth/token_maker.hpp"

#include <catch_amalgamated.hpp>

#include <set>
#include <string>

namespace wsd {

TEST_CASE("mint: a minted token verifies and says what was asked for") {
    const auto keys = key_set::from_secret(test::secret).value();
    const mint_request request{.user = {"al\"ice 💬"},
                               .session = {"phone"},
                               .role = role::admin,
                               .expires_at_s = 1'700'000'100,
                               .not_before_s = 1'700'000'000,
                               .issued_at_s = 1'699'999'999,
                               .issuer = "me",
                               .audience = "chat"};
    const auto token = mint(*keys, request);
    REQUIRE(token.has_value());
    const verify_options options{.issuer = "me", .audience = "chat"};
    const auto read = verify(*keys, options, *token, 1'700'000'000'000);
    REQUIRE(read.has_value());
    CHECK(read->user.value == request.user.value);
    CHECK(read->session.value == "phone");
    CHECK(read->role == role::admin);
    CHECK(read->expires_at == 1'700'000'100'000);
    CHECK(read->not_before == 1'700'000'000'000);
    CHECK(read->issued_at == 1'699'999'999'000);
}

TEST_CASE("mint: what is not asked for is not in the token") {
    const auto keys = key_set::from_secret(test::secret).value();
    const auto token = mint(*keys, {.user = {"alice"}});
    REQUIRE(token.has_value());
    CHECK(inspect(*token).header == R"({"alg":"HS256","typ":"JWT"})");
    CHECK(inspect(*token).claims == R"({"userId":"alice"})");
    CHECK(verify(*keys, {.require_expiry = false}, *token, 0).value().session.value == "default");
}

TEST_CASE("mint: only a secret can mint") {
    CHECK_FALSE(mint(*key_set::from_pem(test::rsa_key().public_pem()).value(), {.user = {"alice"}}).has_value());
    CHECK_FALSE(mint(*key_set::from_pem(test::ed25519_key().public_pem()).value(), {.user = {"alice"}}).has_value());
}

TEST_CASE("inspect: readable parts are shown whether or not the token is valid, others are empty") {
    const auto show = [](const std::string& token) {
        const inspection seen = inspect(token);
        return seen.header + "|" + seen.claims;
    };
    const std::string header = base64url_encode(R"({ "alg" : "none" })"),
                      claims = base64url_encode("{\"sub\":\"a\\u001b\"}");
    CHECK(show(header + "." + claims + ".") == R"({"alg":"none"}|{"sub":"a\u001b"})");
    CHECK(show(header + "." + claims) == R"({"alg":"none"}|{"sub":"a\u001b"})");
    CHECK(show(header) == R"({"alg":"none"}|)");
    CHECK(show(header + "=." + claims + ".x") == R"(|{"sub":"a\u001b"})");
    CHECK(show(header + "." + base64url_encode("\x1b[2J") + ".x") == R"({"alg":"none"}|)");
    for (const std::string& text : {std::string(), std::string("."), std::string(".."), std::string("...."),
                                    std::string(1, '\0'), std::string(100'000, 'e')}) {
        CHECK(show(text) == "|");
    }
}

TEST_CASE("token problems: each has a name and an explanation of its own") {
    std::set<std::string_view> names, explanations;
    for (std::size_t i = 1; i <= token_problem_count; ++i) {
        names.insert(name_of(static_cast<token_problem>(i)));
        explanations.insert(explain(static_cast<token_problem>(i)));
    }
    CHECK(names.size() == token_problem_count);
    CHECK(explanations.size() == token_problem_count);
    CHECK(names.count("unknown") == 0);
}

} // namespace wsd
