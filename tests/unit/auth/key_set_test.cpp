#include "common/auth/key_set.hpp"

#include "common/auth/jwt.hpp"
#include "tests/unit/auth/token_maker.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

namespace wsd {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string error_of(const key_set_result& keys) { return keys ? "none" : keys.error().text; }

std::string set_of(const std::vector<std::string>& keys) {
    std::string out = "{\"keys\":[";
    for (const std::string& key : keys) out += (&key == &keys.front() ? "" : ",") + key;
    return out + "]}";
}

struct loaded {
    key_set_result keys;
    std::vector<std::string> warnings;
};
loaded load(const std::string& text) {
    std::vector<std::string> warnings;
    key_set_result keys = key_set::from_jwks(text, warnings);
    return {std::move(keys), std::move(warnings)};
}

// The outcome of a token with this header, signed by the key.
std::string outcome(const key_set& keys, const test::private_key& key, const std::string& algorithm,
                    const std::string& members = {}) {
    const std::string header = "{\"alg\":\"" + algorithm + "\"" + members + "}";
    const std::string token = test::sign_token({header, R"({"sub":"alice","exp":1700000100})"},
                                               [&](std::string_view text) { return key.sign(algorithm, text); });
    const auto read = verify(keys, {}, token, 1'700'000'000'000);
    return read ? "ok" : std::string(name_of(read.error()));
}

} // namespace

TEST_CASE("key set: a secret needs 32 bytes, or as many as the caller says") {
    CHECK_THAT(error_of(key_set::from_secret(std::string(31, 'x'))),
               ContainsSubstring("31 bytes") && ContainsSubstring("32"));
    CHECK(key_set::from_secret(std::string(32, 'x')).has_value());
    CHECK(key_set::from_secret("x", 1).has_value());
    CHECK(key_set::from_secret("", 0).has_error());
    CHECK(key_set::from_secret(std::string(100'000, 'x')).has_value());
}

TEST_CASE("key set: every byte of a secret counts, zero bytes included") {
    const std::string secret(32, '\0');
    const auto keys = key_set::from_secret(secret).value();
    const auto token_by = [](const std::string& key) {
        return test::sign_token({R"({"alg":"HS256"})", R"({"sub":"alice","exp":1700000100})"},
                                [&](std::string_view text) { return test::hmac_sha256(key, text); });
    };
    CHECK(verify(*keys, {}, token_by(secret), 0).has_value());
    CHECK(verify(*keys, {}, token_by(secret + "\n"), 0).has_error());
    CHECK(verify(*keys, {}, token_by(std::string(31, '\0') + "a"), 0).has_error());
}

TEST_CASE("key set: no error shows the secret") {
    const std::string short_secret = "hunter2hunter2";
    CHECK_THAT(error_of(key_set::from_secret(short_secret)), !ContainsSubstring("hunter2"));
}

TEST_CASE("key set: a PEM key is pinned to the algorithm of its type") {
    const auto algorithm_of = [](const test::private_key& key, std::optional<jws_algorithm> asked = {}) {
        return std::string(name_of(key_set::from_pem(key.public_pem(), asked).value()->find({})->algorithm()));
    };
    CHECK(algorithm_of(test::rsa_key()) == "RS256");
    CHECK(algorithm_of(test::rsa_key(), jws_algorithm::rs256) == "RS256");
    CHECK(algorithm_of(test::rsa_key(), jws_algorithm::ps256) == "PS256");
    CHECK(algorithm_of(test::private_key(test::key_kind::rsa_3072)) == "RS256");
    CHECK(algorithm_of(test::p256_key()) == "ES256");
    CHECK(algorithm_of(test::p256_key(), jws_algorithm::es256) == "ES256");
    CHECK(algorithm_of(test::ed25519_key()) == "EdDSA");
    CHECK(key_set::from_pem("# a comment first\n" + test::rsa_key().public_pem() + "\n\n").has_value());
}

TEST_CASE("key set: an algorithm that does not fit the PEM key is an error") {
    using enum jws_algorithm;
    for (const jws_algorithm algorithm : {hs256, es256, eddsa}) {
        CHECK_THAT(error_of(key_set::from_pem(test::rsa_key().public_pem(), algorithm)),
                   ContainsSubstring(std::string(name_of(algorithm))) && ContainsSubstring("RS256 or PS256"));
    }
    for (const jws_algorithm algorithm : {hs256, rs256, ps256, eddsa}) {
        CHECK_THAT(error_of(key_set::from_pem(test::p256_key().public_pem(), algorithm)),
                   ContainsSubstring("use ES256"));
    }
    for (const jws_algorithm algorithm : {hs256, rs256, ps256, es256}) {
        CHECK_THAT(error_of(key_set::from_pem(test::ed25519_key().public_pem(), algorithm)),
                   ContainsSubstring("use EdDSA"));
    }
}

TEST_CASE("key set: a PEM key that is weak or of another kind is an error that says so") {
    using enum test::key_kind;
    const auto error_for = [](test::key_kind kind) {
        return error_of(key_set::from_pem(test::private_key(kind).public_pem()));
    };
    CHECK_THAT(error_for(rsa_1024), ContainsSubstring("1024 bits") && ContainsSubstring("2048"));
    CHECK_THAT(error_for(p384), ContainsSubstring("P-256"));
    CHECK_THAT(error_for(secp256k1), ContainsSubstring("P-256"));
    CHECK_THAT(error_for(ed448), ContainsSubstring("ED448"));
    CHECK_THAT(error_for(rsa_pss), ContainsSubstring("RSA-PSS"));
}

TEST_CASE("key set: a file that is no PEM public key is an error that says what to do") {
    CHECK_THAT(error_of(key_set::from_pem(test::rsa_key().private_pem())),
               ContainsSubstring("private key") && ContainsSubstring("-pubout"));
    CHECK_THAT(error_of(key_set::from_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")),
               ContainsSubstring("openssl x509"));
    CHECK_THAT(error_of(key_set::from_pem("-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----\n")),
               ContainsSubstring("PKCS #1"));
    CHECK_THAT(error_of(key_set::from_pem(test::rsa_key().public_pem() + test::p256_key().public_pem())),
               ContainsSubstring("several"));
    const std::string pem = test::rsa_key().public_pem();
    for (const std::string& text :
         std::vector<std::string>{"", "\n", "hello", "{}", std::string(1000, '\0'), pem.substr(0, pem.size() / 2),
                                  "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
                                  "-----BEGIN PUBLIC KEY-----\n????\n-----END PUBLIC KEY-----\n"}) {
        CAPTURE(text);
        CHECK_THAT(error_of(key_set::from_pem(text)), ContainsSubstring("no public key in PEM form"));
    }
    CHECK_THAT(error_of(key_set::from_pem(std::string(2'000'000, 'x'))), ContainsSubstring("1 MiB"));
}

TEST_CASE("key set: a key of a JWK set verifies with its alg, without one with that of its type") {
    const auto check = [](const test::private_key& key, const std::string& extra, const std::string& algorithm) {
        CAPTURE(extra, algorithm);
        const loaded set = load(set_of({key.jwk(extra)}));
        CHECK(error_of(set.keys) == "none");
        CHECK(set.warnings.empty());
        CHECK(outcome(**set.keys, key, algorithm) == "ok");
    };
    check(test::rsa_key(), "", "RS256");
    check(test::rsa_key(), R"("alg":"RS256","use":"sig")", "RS256");
    check(test::rsa_key(), R"("alg":"PS256","key_ops":["verify"])", "PS256");
    check(test::p256_key(), R"("alg":"ES256")", "ES256");
    check(test::p256_key(), "", "ES256");
    check(test::ed25519_key(), R"("alg":"EdDSA")", "EdDSA");
    check(test::ed25519_key(), R"("x5t":"ignored","x5c":["ignored"])", "EdDSA");
    const loaded pinned = load(set_of({test::rsa_key().jwk(R"("alg":"PS256")")}));
    CHECK(outcome(**pinned.keys, test::rsa_key(), "RS256") == "bad_algorithm");
}

TEST_CASE("key set: kid chooses the key of a JWK set, and an unknown one chooses none") {
    const loaded set = load(set_of({test::rsa_key().jwk(R"("kid":"a")"), test::p256_key().jwk(R"("kid":"b")"),
                                    test::ed25519_key().jwk(R"("kid":"")")}));
    REQUIRE(error_of(set.keys) == "none");
    const key_set& keys = **set.keys;
    CHECK(outcome(keys, test::rsa_key(), "RS256", R"(,"kid":"a")") == "ok");
    CHECK(outcome(keys, test::p256_key(), "ES256", R"(,"kid":"b")") == "ok");
    CHECK(outcome(keys, test::ed25519_key(), "EdDSA", R"(,"kid":"")") == "ok");
    CHECK(outcome(keys, test::rsa_key(), "RS256", R"(,"kid":"b")") == "bad_algorithm");
    CHECK(outcome(keys, test::other_rsa_key(), "RS256", R"(,"kid":"a")") == "bad_signature");
    CHECK(outcome(keys, test::rsa_key(), "RS256") == "unknown_key");
    for (const char* kid : {"c", "A", "a ", "a\\u0000"}) {
        CAPTURE(kid);
        CHECK(outcome(keys, test::rsa_key(), "RS256", ",\"kid\":\"" + std::string(kid) + "\"") == "unknown_key");
    }
    for (const char* kid : {"null", "1", "[\"a\"]"}) {
        CAPTURE(kid);
        CHECK(outcome(keys, test::rsa_key(), "RS256", ",\"kid\":" + std::string(kid)) == "bad_header");
    }
}

TEST_CASE("key set: without kid a token is accepted by a JWK set of exactly one key") {
    const loaded one = load(set_of({test::rsa_key().jwk(R"("kid":"a")")}));
    CHECK(outcome(**one.keys, test::rsa_key(), "RS256") == "ok");
    CHECK(outcome(**one.keys, test::rsa_key(), "RS256", R"(,"kid":"b")") == "unknown_key");
    const loaded nameless = load(set_of({test::rsa_key().jwk()}));
    CHECK(outcome(**nameless.keys, test::rsa_key(), "RS256") == "ok");
    CHECK(outcome(**nameless.keys, test::rsa_key(), "RS256", R"(,"kid":"a")") == "unknown_key");
    const loaded mixed = load(set_of({test::rsa_key().jwk(R"("kid":"a")"), test::p256_key().jwk()}));
    CHECK(mixed.warnings.size() == 1);
    CHECK(outcome(**mixed.keys, test::p256_key(), "ES256") == "unknown_key");
    CHECK_THAT(error_of(load(set_of({test::rsa_key().jwk(), test::p256_key().jwk()})).keys), ContainsSubstring("kid"));
}

TEST_CASE("key set: keys of a JWK set that can't be used are skipped with a warning") {
    const std::string good = test::p256_key().jwk(R"("kid":"good")");
    const std::string zero_coordinate(43, 'A');
    for (const std::string& bad : std::vector<std::string>{
             R"({"kty":"oct","k":"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0","alg":"HS256","kid":"bad"})",
             test::rsa_key().jwk(R"("use":"enc")"),
             test::rsa_key().jwk(R"("use":null)"),
             test::rsa_key().jwk(R"("key_ops":["encrypt"])"),
             test::rsa_key().jwk(R"("alg":"RSA-OAEP")"),
             test::rsa_key().jwk(R"("alg":"RS512")"),
             test::rsa_key().jwk(R"("alg":"ES256")"),
             test::rsa_key().jwk(R"("alg":"HS256")"),
             test::rsa_key().jwk(R"("alg":"none")"),
             test::rsa_key().jwk(R"("alg":1)"),
             test::rsa_key().jwk(R"("kid":1)"),
             test::private_key(test::key_kind::rsa_1024).jwk(),
             test::private_key(test::key_kind::p384).jwk(),
             test::private_key(test::key_kind::secp256k1).jwk(),
             test::private_key(test::key_kind::ed448).jwk(),
             test::p256_key().jwk(R"("alg":"ES384")"),
             test::p256_key().jwk(R"("alg":"RS256")"),
             test::ed25519_key().jwk(R"("alg":"ES256")"),
             R"({"kty":"RSA"})",
             R"({"kty":"RSA","n":"","e":""})",
             R"({"kty":"RSA","n":"AQAB","e":"AQAB"})",
             R"({"kty":"RSA","n":17,"e":"AQAB"})",
             R"({"kty":"RSA","n":"!!!!","e":"AQAB"})",
             R"({"kty":"EC","crv":"P-256"})",
             "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" + zero_coordinate + "\",\"y\":\"" + zero_coordinate + "\"}",
             R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})",
             R"({"kty":"OKP","crv":"Ed25519","x":"AA"})",
             R"({"kty":"OKP","crv":"X25519"})",
             R"({"kty":"rsa"})",
             "{}",
             "17",
             "null",
             "[]",
             "\"RSA\""}) {
        CAPTURE(bad);
        const loaded set = load(set_of({bad, good}));
        REQUIRE(error_of(set.keys) == "none");
        CHECK(set.warnings.size() == 1);
        CHECK_THAT(set.warnings.front(), Catch::Matchers::StartsWith("key 1"));
        CHECK(outcome(**set.keys, test::p256_key(), "ES256") == "ok");
        CHECK_THAT(error_of(load(set_of({bad})).keys), ContainsSubstring("no key of the set can be used"));
    }
}

TEST_CASE("key set: an RSA exponent with which everything verifies is refused") {
    for (const char* exponent : {"AQ", "AA", "Ag"}) { // 1, 0, 2
        std::string jwk = test::rsa_key().jwk();
        jwk.replace(jwk.find("AQAB"), 4, exponent);
        CAPTURE(exponent);
        CHECK(load(set_of({jwk})).keys.has_error());
    }
}

TEST_CASE("key set: one kid twice in a JWK set is an error, skipped keys included") {
    CHECK_THAT(
        error_of(load(set_of({test::rsa_key().jwk(R"("kid":"same")"), test::p256_key().jwk(R"("kid":"same")")})).keys),
        ContainsSubstring("\"same\" occurs twice"));
    CHECK_THAT(error_of(load(set_of({test::rsa_key().jwk(R"("kid":"same")"), R"({"kty":"oct","kid":"same"})"})).keys),
               ContainsSubstring("twice"));
    CHECK_THAT(error_of(load(set_of({R"({"kid":"a\n\u001b[2J"})", R"({"kid":"a\n\u001b[2J"})"})).keys),
               ContainsSubstring("\"a??[2J\""));
}

TEST_CASE("key set: a text that is no JWK set is an error") {
    for (const char* text : {"", "[]", "{}", "null", R"({"keys":null})", R"({"keys":{}})", R"({"keys":[]})",
                             "{\"keys\":[}", R"({"keys":[],"keys":[]})", "not json"}) {
        CAPTURE(text);
        const loaded set = load(text);
        CHECK(set.keys.has_error());
        CHECK(error_of(set.keys).size() > 10);
    }
    CHECK_THAT(error_of(load(test::rsa_key().jwk()).keys), ContainsSubstring("\"keys\""));
    CHECK_THAT(error_of(load(test::rsa_key().public_pem()).keys), ContainsSubstring("not JSON"));
    CHECK_THAT(error_of(load(set_of(std::vector<std::string>(257, "{}"))).keys), ContainsSubstring("more than 256"));
    CHECK_THAT(error_of(load(std::string(2'000'000, ' ')).keys), ContainsSubstring("1 MiB"));
}

} // namespace wsd
