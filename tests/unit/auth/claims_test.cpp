#include "common/auth/jwt.hpp"
#include "tests/unit/auth/token_maker.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

namespace wsd {
namespace {

constexpr timestamp now = 1'700'000'000'000;

// The name of the problem, or "ok".
std::string outcome(const std::string& claims, const verify_options& options = {}, timestamp at = now) {
    const auto keys = key_set::from_secret(test::secret).value();
    const auto read = verify(*keys, options, test::hs256_token(claims), at);
    return read ? "ok" : std::string(name_of(read.error()));
}

claims accepted(const std::string& text, verify_options options = {}) {
    const auto keys = key_set::from_secret(test::secret).value();
    const auto read = verify(*keys, options, test::hs256_token(text), now);
    CAPTURE(text);
    REQUIRE(read.has_value());
    return *read;
}

// Claims of a token that is valid but for what `members` say.
std::string with(const std::string& members) { return R"({"exp":1700000100,)" + members + "}"; }

} // namespace

TEST_CASE("claims: a full set is read as it is") {
    const claims read = accepted(
        R"({"userId":"alice","sid":"phone","role":"ADMIN","exp":1700000100,"nbf":1699999000,"iat":1699999999.5,"x":[{}]})");
    CHECK(read.user.value == "alice");
    CHECK(read.session.value == "phone");
    CHECK(read.role == role::admin);
    CHECK(read.expires_at == 1'700'000'100'000);
    CHECK(read.not_before == 1'699'999'000'000);
    CHECK(read.issued_at == 1'699'999'999'500);
}

TEST_CASE("claims: what is absent has its default") {
    const claims read = accepted(with(R"("sub":"alice")"));
    CHECK(read.session.value == "default");
    CHECK(read.role == role::user);
    CHECK_FALSE(read.not_before.has_value());
    CHECK_FALSE(read.issued_at.has_value());
}

TEST_CASE("claims: userId goes before user_id and that before sub, and the first present one decides") {
    CHECK(accepted(with(R"("sub":"c","user_id":"b","userId":"a")")).user.value == "a");
    CHECK(accepted(with(R"("sub":"c","user_id":"b")")).user.value == "b");
    CHECK(accepted(with(R"("sub":"c")")).user.value == "c");
    CHECK(accepted(with(R"("userId":"a","sub":17,"user_id":null)")).user.value == "a");
    for (const char* bad : {"\"\"", "null", "17", "true", "[\"a\"]", "{\"a\":1}"}) {
        CAPTURE(bad);
        CHECK(outcome(with("\"sub\":\"c\",\"user_id\":\"b\",\"userId\":" + std::string(bad))) == "bad_claims");
        CHECK(outcome(with("\"sub\":\"c\",\"user_id\":" + std::string(bad))) == "bad_claims");
        CHECK(outcome(with("\"sub\":" + std::string(bad))) == "bad_claims");
    }
    CHECK(outcome(R"({"exp":1700000100})") == "bad_claims");
    CHECK(outcome(R"({"exp":1700000100,"userid":"a","UserId":"a"})") == "bad_claims");
}

TEST_CASE("claims: a user and a session are ids: 1 to 128 bytes without control characters") {
    const std::vector<std::string> good = {std::string(128, 'a'), "é",          "Ω≈ç√∫", "a b", "💬",
                                           "a\xc2\x80z",          "\\\"\\u0020"};
    const std::vector<std::string> bad = {"", std::string(129, 'a'), "\\u0000", "a\\nb", "\\u001f", "\\u007f", "\x7f"};
    for (const std::string& id : good) {
        CAPTURE(id);
        CHECK(outcome(with("\"userId\":\"" + id + "\",\"sid\":\"" + id + "\"")) == "ok");
    }
    for (const std::string& id : bad) {
        CAPTURE(id);
        CHECK(outcome(with("\"userId\":\"" + id + "\"")) == "bad_claims");
        CHECK(outcome(with("\"userId\":\"a\",\"sid\":\"" + id + "\"")) == "bad_claims");
    }
    std::string longest;
    for (int i = 0; i < 64; ++i) longest += "é";
    CHECK(accepted(with("\"userId\":\"" + longest + "\"")).user.value == longest);
    CHECK(outcome(with("\"userId\":\"" + longest + "a\"")) == "bad_claims");
    for (const char* sid : {"null", "1", "[]", "{}", "false"}) {
        CHECK(outcome(with("\"userId\":\"a\",\"sid\":" + std::string(sid))) == "bad_claims");
    }
}

TEST_CASE("claims: a role is USER or ADMIN, exactly so written") {
    CHECK(accepted(with(R"("sub":"a","role":"USER")")).role == role::user);
    CHECK(accepted(with(R"("sub":"a","role":"ADMIN")")).role == role::admin);
    for (const char* bad :
         {"\"admin\"", "\"Admin\"", "\"OWNER\"", "\"\"", "null", "true", "1", "[\"ADMIN\"]", "\"ADMIN \""}) {
        CAPTURE(bad);
        CHECK(outcome(with("\"sub\":\"a\",\"role\":" + std::string(bad))) == "bad_claims");
    }
    CHECK(accepted(with(R"("sub":"a","Role":"ADMIN","roles":["ADMIN"])")).role == role::user);
}

TEST_CASE("claims: a token is valid while now is before exp plus leeway") {
    const std::string claims = R"({"sub":"a","exp":1700000000})";
    const verify_options options{.leeway = std::chrono::seconds(30)};
    CHECK(outcome(claims, options, now + 29'999) == "ok");
    CHECK(outcome(claims, options, now + 30'000) == "expired");
    CHECK(outcome(claims, options, now + 30'001) == "expired");
    const verify_options strict{.leeway = std::chrono::seconds(0)};
    CHECK(outcome(claims, strict, now - 1) == "ok");
    CHECK(outcome(claims, strict, now) == "expired");
    const std::string fraction = R"({"sub":"a","exp":1700000000.25})";
    CHECK(outcome(fraction, strict, now + 249) == "ok");
    CHECK(outcome(fraction, strict, now + 250) == "expired");
    CHECK(outcome(R"({"sub":"a","exp":1.7e9})", strict, now - 1) == "ok");
    CHECK(outcome(R"({"sub":"a","exp":1.7e9})", strict, now) == "expired");
}

TEST_CASE("claims: a token is valid from nbf minus leeway on") {
    const std::string claims = with(R"("sub":"a","nbf":1700000050)");
    const verify_options options{.leeway = std::chrono::seconds(30)};
    CHECK(outcome(claims, options, now + 19'999) == "not_yet_valid");
    CHECK(outcome(claims, options, now + 20'000) == "ok");
    const verify_options strict{.leeway = std::chrono::seconds(0)};
    CHECK(outcome(claims, strict, now + 49'999) == "not_yet_valid");
    CHECK(outcome(claims, strict, now + 50'000) == "ok");
}

TEST_CASE("claims: exp, nbf and iat are numbers") {
    for (const char* bad : {"\"1700000100\"", "null", "true", "[1700000100]", "{}"}) {
        CAPTURE(bad);
        CHECK(outcome("{\"sub\":\"a\",\"exp\":" + std::string(bad) + "}") == "bad_claims");
        CHECK(outcome("{\"sub\":\"a\",\"exp\":" + std::string(bad) + "}", {.require_expiry = false}) == "bad_claims");
        CHECK(outcome(with("\"sub\":\"a\",\"nbf\":" + std::string(bad))) == "bad_claims");
        CHECK(outcome(with("\"sub\":\"a\",\"iat\":" + std::string(bad))) == "bad_claims");
    }
}

TEST_CASE("claims: times beyond every calendar neither overflow nor surprise") {
    const verify_options options{.leeway = std::chrono::seconds(600)};
    for (const char* late :
         {"9223372036854775807", "18446744073709551615", "1e300", "9007199254740993", "9007199254741", "1e18"}) {
        CAPTURE(late);
        CHECK(accepted("{\"sub\":\"a\",\"exp\":" + std::string(late) + "}", options).expires_at ==
              (timestamp{1} << 53) - 1);
        CHECK(outcome(with("\"sub\":\"a\",\"nbf\":" + std::string(late)), options) == "not_yet_valid");
        CHECK(outcome(with("\"sub\":\"a\",\"iat\":" + std::string(late)), options) == "ok");
    }
    for (const char* early : {"-9223372036854775808", "-1e300", "-1", "0", "-0.0", "1e-300"}) {
        CAPTURE(early);
        CHECK(outcome("{\"sub\":\"a\",\"exp\":" + std::string(early) + "}", options) == "expired");
        CHECK(outcome(with("\"sub\":\"a\",\"nbf\":" + std::string(early)), options) == "ok");
    }
    CHECK(outcome(with(R"("sub":"a","iat":1e999)")) == "malformed");
}

TEST_CASE("claims: a token without exp is refused unless that is allowed") {
    CHECK(outcome(R"({"sub":"a"})") == "bad_claims");
    const claims read = accepted(R"({"sub":"a"})", {.require_expiry = false});
    CHECK_FALSE(read.expires_at.has_value());
    CHECK(outcome(R"({"sub":"a","exp":1})", {.require_expiry = false}) == "expired");
}

TEST_CASE("claims: iss is looked at only when an issuer is asked for, and equals it") {
    CHECK(outcome(with(R"("sub":"a","iss":17)")) == "ok");
    const verify_options options{.issuer = "https://id.example"};
    CHECK(outcome(with(R"("sub":"a","iss":"https://id.example")"), options) == "ok");
    for (const char* bad :
         {R"("iss":"https://id.example/")", R"("iss":"HTTPS://ID.EXAMPLE")", R"("iss":["https://id.example"])",
          R"("iss":null)", R"("iss":"")", R"("aud":"https://id.example")"}) {
        CAPTURE(bad);
        CHECK(outcome(with("\"sub\":\"a\"," + std::string(bad)), options) == "wrong_issuer");
    }
}

TEST_CASE("claims: aud is looked at only when an audience is asked for, and is it or a list of strings with it") {
    CHECK(outcome(with(R"("sub":"a","aud":{"x":1})")) == "ok");
    const verify_options options{.audience = "chat"};
    for (const char* good : {R"("aud":"chat")", R"("aud":["chat"])", R"("aud":["other","chat"])"}) {
        CAPTURE(good);
        CHECK(outcome(with("\"sub\":\"a\"," + std::string(good)), options) == "ok");
    }
    for (const char* bad :
         {R"("aud":"other")", R"("aud":[])", R"("aud":["cha","chatt"])", R"("aud":["chat",1])", R"("aud":[["chat"]])",
          R"("aud":null)", R"("aud":{"chat":"chat"})", R"("iss":"chat")", R"("aud":"Chat")"}) {
        CAPTURE(bad);
        CHECK(outcome(with("\"sub\":\"a\"," + std::string(bad)), options) == "wrong_audience");
    }
}

TEST_CASE("claims: a hundred other members in header and in claims change nothing") {
    std::string others;
    for (int i = 0; i < 100; ++i) others += ",\"x" + std::to_string(i) + "\":{\"sub\":1}";
    const auto keys = key_set::from_secret(test::secret).value();
    const auto read = [&](const std::string& claims, const std::string& header) {
        const verify_options options{.issuer = "me", .audience = "chat"};
        return verify(*keys, options, test::hs256_token("{" + claims + others + "}", "{" + header + others + "}"), now);
    };
    const std::string header = R"("alg":"HS256","typ":"JWT")";
    const std::string full =
        R"("sub":"s","sid":"phone","role":"ADMIN","exp":1700000100,"nbf":1,"iat":2,"iss":"me","aud":["chat"])";
    const auto all = read(full, header);
    REQUIRE(all.has_value());
    CHECK(all->user.value == "s");
    CHECK(all->session.value == "phone");
    CHECK(all->role == role::admin);
    CHECK(all->expires_at == 1'700'000'100'000);
    CHECK(all->not_before == 1000);
    CHECK(all->issued_at == 2000);
    CHECK(read(full + R"(,"user_id":"b")", header)->user.value == "b");
    CHECK(read(full + R"(,"user_id":"b","userId":"a")", header)->user.value == "a");
    CHECK(read(full + R"(,"x7":1)", header).error() == token_problem::malformed);
    CHECK(read(full, header + R"(,"x7":1)").error() == token_problem::malformed);
    for (const char* name : {"crit", "b64", "zip", "enc", "cty"}) {
        CHECK(read(full, header + ",\"" + name + "\":null").error() == token_problem::bad_header);
    }
    const auto set = [&] {
        std::vector<std::string> warnings;
        return key_set::from_jwks("{\"keys\":[" + test::p256_key().jwk(R"("kid":"a")") + "]}", warnings).value();
    }();
    const auto signed_with_kid = [&](const std::string& kid) {
        return test::sign_token({"{\"alg\":\"ES256\",\"kid\":\"" + kid + "\"" + others + "}", "{" + full + "}"},
                                [](std::string_view text) { return test::p256_key().sign("ES256", text); });
    };
    CHECK(verify(*set, {}, signed_with_kid("a"), now).has_value());
    CHECK(verify(*set, {}, signed_with_kid("b"), now).error() == token_problem::unknown_key);
}

} // namespace wsd
