#include "common/auth/jwt.hpp"

#include "common/auth/base64url.hpp"
#include "tests/unit/auth/token_maker.hpp"

#include <catch_amalgamated.hpp>
#include <openssl/err.h>

#include <string>
#include <vector>

// Every class of attack of RFC 8725, and tokens that are no tokens.
namespace wsd {
namespace {

constexpr timestamp now = 1'700'000'000'000;
const std::string good_claims = R"({"userId":"alice","exp":1700000100})";

std::shared_ptr<const key_set> secret_keys() { return key_set::from_secret(test::secret).value(); }

std::string outcome(const key_set& keys, const std::string& token) {
    const auto read = verify(keys, {}, token, now);
    return read ? "ok" : std::string(name_of(read.error()));
}

std::string outcome_of_header(const std::string& header) {
    return outcome(*secret_keys(), test::hs256_token(good_claims, header));
}

std::string signed_by(const test::private_key& key, const std::string& algorithm, std::string header = {}) {
    if (header.empty()) header = "{\"alg\":\"" + algorithm + "\"}";
    return test::sign_token({header, good_claims}, [&](std::string_view text) { return key.sign(algorithm, text); });
}

std::shared_ptr<const key_set> public_keys(const test::private_key& key, std::optional<jws_algorithm> algorithm = {}) {
    return key_set::from_pem(key.public_pem(), algorithm).value();
}

} // namespace

TEST_CASE("JWT: every algorithm accepts its own tokens, and only those") {
    struct row {
        std::string name;
        std::shared_ptr<const key_set> keys;
        std::string token;
    };
    const std::vector<row> rows = {
        {"HS256", secret_keys(), test::hs256_token(good_claims)},
        {"RS256", public_keys(test::rsa_key()), signed_by(test::rsa_key(), "RS256")},
        {"PS256", public_keys(test::rsa_key(), jws_algorithm::ps256), signed_by(test::rsa_key(), "PS256")},
        {"ES256", public_keys(test::p256_key()), signed_by(test::p256_key(), "ES256")},
        {"EdDSA", public_keys(test::ed25519_key()), signed_by(test::ed25519_key(), "EdDSA")},
    };
    for (const row& verifier : rows) {
        for (const row& maker : rows) {
            CAPTURE(verifier.name, maker.name);
            CHECK(outcome(*verifier.keys, maker.token) == (verifier.name == maker.name ? "ok" : "bad_algorithm"));
        }
    }
}

TEST_CASE("JWT: a token signed by another key of the same kind is refused") {
    CHECK(outcome(*public_keys(test::other_rsa_key()), signed_by(test::rsa_key(), "RS256")) == "bad_signature");
    const test::private_key other_p256(test::key_kind::p256);
    const test::private_key other_ed25519(test::key_kind::ed25519);
    CHECK(outcome(*public_keys(other_p256), signed_by(test::p256_key(), "ES256")) == "bad_signature");
    CHECK(outcome(*public_keys(other_ed25519), signed_by(test::ed25519_key(), "EdDSA")) == "bad_signature");
    CHECK(outcome(*key_set::from_secret("another secret of enough bytes...").value(), test::hs256_token(good_claims)) ==
          "bad_signature");
}

TEST_CASE("JWT: alg none is refused in every spelling, with and without a signature") {
    for (const char* alg : {"none", "None", "NONE", "nOnE", "", "none "}) {
        CAPTURE(alg);
        const std::string header = "{\"alg\":\"" + std::string(alg) + "\"}";
        CHECK(outcome_of_header(header) == "bad_algorithm");
        const std::string unsigned_token = base64url_encode(header) + "." + base64url_encode(good_claims) + ".";
        CHECK(outcome(*secret_keys(), unsigned_token) == "malformed");
        CHECK(outcome(*public_keys(test::rsa_key()), unsigned_token + "AA") == "bad_algorithm");
    }
}

TEST_CASE("JWT: the header cannot choose another algorithm than the key's") {
    const std::string pem = test::rsa_key().public_pem();
    const auto keys = public_keys(test::rsa_key());
    // The classic: the public key as the secret of a MAC.
    const auto with_pem_as_secret = [&](std::string_view text) { return test::hmac_sha256(pem, text); };
    CHECK(outcome(*keys, test::sign_token({R"({"alg":"HS256"})", good_claims}, with_pem_as_secret)) == "bad_algorithm");
    CHECK(outcome(*keys, test::sign_token({R"({"alg":"RS256"})", good_claims}, with_pem_as_secret)) == "bad_signature");
    // The right algorithm's name over a signature of another one of the same key.
    CHECK(outcome(*keys, signed_by(test::rsa_key(), "PS256", R"({"alg":"RS256"})")) == "bad_signature");
    CHECK(outcome(*keys, signed_by(test::rsa_key(), "RS512", R"({"alg":"RS256"})")) == "bad_signature");
    CHECK(outcome(*keys, signed_by(test::rsa_key(), "RS512")) == "bad_algorithm");
    CHECK(outcome(*public_keys(test::rsa_key(), jws_algorithm::ps256), signed_by(test::rsa_key(), "RS256")) ==
          "bad_algorithm");
    const auto sha512 = [](std::string_view text) { return test::hmac_sha512(test::secret, text); };
    CHECK(outcome(*secret_keys(), test::sign_token({R"({"alg":"HS512"})", good_claims}, sha512)) == "bad_algorithm");
    CHECK(outcome(*secret_keys(), test::sign_token({R"({"alg":"HS256"})", good_claims}, sha512)) == "bad_signature");
    for (const char* alg : {"hs256", "HS256 ", "HS384", "RS256", "ES256K", "dir", "A128KW", "RSA-OAEP"}) {
        CAPTURE(alg);
        CHECK(outcome_of_header("{\"alg\":\"" + std::string(alg) + "\"}") == "bad_algorithm");
    }
    for (const char* alg : {"null", "256", "[\"HS256\"]", "true", "{}"}) {
        CAPTURE(alg);
        CHECK(outcome_of_header("{\"alg\":" + std::string(alg) + "}") == "bad_algorithm");
    }
    CHECK(outcome_of_header(R"({"typ":"JWT"})") == "bad_algorithm");
}

TEST_CASE("JWT: a signature in another form than that of JWS is refused") {
    const auto es256 = public_keys(test::p256_key());
    const auto sign_es256 = [&](const std::function<std::string(std::string)>& change) {
        return test::sign_token({R"({"alg":"ES256"})", good_claims},
                                [&](std::string_view text) { return change(test::p256_key().sign("ES256", text)); });
    };
    CHECK(outcome(*es256, sign_es256([](std::string s) { return s; })) == "ok");
    CHECK(outcome(*es256, sign_es256([](std::string s) { return s + '\0'; })) == "bad_signature");
    CHECK(outcome(*es256, sign_es256([](std::string s) { return s.substr(1); })) == "bad_signature");
    // CVE-2022-21449: both numbers zero.
    CHECK(outcome(*es256, sign_es256([](std::string) { return std::string(64, '\0'); })) == "bad_signature");
    CHECK(outcome(*es256, sign_es256([](std::string) { return std::string(64, '\xff'); })) == "bad_signature");
    CHECK(outcome(*es256, sign_es256([](std::string s) { return s.substr(0, 32) + std::string(32, '\0'); })) ==
          "bad_signature");
    CHECK(outcome(*es256, test::sign_token({R"({"alg":"ES256"})", good_claims}, [](std::string_view text) {
              return test::p256_key().sign_der(text);
          })) == "bad_signature");

    const auto ps256 = public_keys(test::rsa_key(), jws_algorithm::ps256);
    const auto with_salt = [&](int salt_bytes) {
        return test::sign_token({R"({"alg":"PS256"})", good_claims},
                                [&](std::string_view text) { return test::rsa_key().sign_pss(text, salt_bytes); });
    };
    CHECK(outcome(*ps256, with_salt(32)) == "ok");
    CHECK(outcome(*ps256, with_salt(0)) == "bad_signature");
    CHECK(outcome(*ps256, with_salt(20)) == "bad_signature");
    CHECK(outcome(*ps256, with_salt(64)) == "bad_signature");

    for (const std::size_t size : {std::size_t{1}, std::size_t{31}, std::size_t{32}, std::size_t{33}, std::size_t{64},
                                   std::size_t{256}, std::size_t{4000}}) {
        CAPTURE(size);
        const auto zeros = [size](std::string_view) { return std::string(size, '\0'); };
        CHECK(outcome(*secret_keys(), test::sign_token({R"({"alg":"HS256"})", good_claims}, zeros)) == "bad_signature");
        CHECK(outcome(*public_keys(test::rsa_key()), test::sign_token({R"({"alg":"RS256"})", good_claims}, zeros)) ==
              "bad_signature");
        CHECK(outcome(*public_keys(test::ed25519_key()),
                      test::sign_token({R"({"alg":"EdDSA"})", good_claims}, zeros)) == "bad_signature");
    }
}

TEST_CASE("JWT: a truncated or prolonged MAC is refused") {
    for (std::size_t size = 1; size < 32; ++size) {
        const auto cut = [size](std::string_view text) {
            return test::hmac_sha256(test::secret, text).substr(0, size);
        };
        CHECK(outcome(*secret_keys(), test::sign_token({R"({"alg":"HS256"})", good_claims}, cut)) == "bad_signature");
    }
    const auto longer = [](std::string_view text) { return test::hmac_sha256(test::secret, text) + "x"; };
    CHECK(outcome(*secret_keys(), test::sign_token({R"({"alg":"HS256"})", good_claims}, longer)) == "bad_signature");
}

TEST_CASE("JWT: keys and addresses that the header names have no effect") {
    const test::private_key attacker(test::key_kind::rsa_2048);
    for (const std::string& member :
         {"\"jwk\":" + attacker.jwk(), std::string(R"("jku":"http://127.0.0.1:9/keys")"),
          std::string(R"("x5u":"http://127.0.0.1:9/cert")"), std::string(R"("x5c":["MIIB"])"),
          std::string(R"("x5t":"AA","x5t#S256":"AA")"), std::string(R"("kid":"../../../../dev/null")"),
          std::string(R"("kid":"' or '1'='1")"), std::string(R"("kid":17)")}) {
        CAPTURE(member);
        const std::string header = "{\"alg\":\"RS256\"," + member + "}";
        CHECK(outcome(*public_keys(test::rsa_key()), signed_by(attacker, "RS256", header)) == "bad_signature");
        CHECK(outcome(*public_keys(test::rsa_key()), signed_by(test::rsa_key(), "RS256", header)) == "ok");
    }
}

TEST_CASE("JWT: a header that asks for what is not understood is refused") {
    for (const char* name : {"crit", "b64", "zip", "enc", "cty"}) {
        for (const char* value : {"[\"exp\"]", "[]", "null", "true", "false", "\"DEF\"", "\"JWT\"", "\"\""}) {
            CAPTURE(name, value);
            CHECK(outcome_of_header("{\"alg\":\"HS256\",\"" + std::string(name) + "\":" + value + "}") == "bad_header");
        }
    }
    CHECK(outcome_of_header(R"({"alg":"HS256","x":{"crit":["x"]}})") == "ok");
}

TEST_CASE("JWT: typ is absent, JWT or at+jwt, in any case and with or without application/") {
    for (const char* typ :
         {"JWT", "jwt", "Jwt", "at+jwt", "AT+JWT", "application/jwt", "application/at+jwt", "Application/JWT"}) {
        CAPTURE(typ);
        CHECK(outcome_of_header("{\"alg\":\"HS256\",\"typ\":\"" + std::string(typ) + "\"}") == "ok");
    }
    CHECK(outcome_of_header(R"({"alg":"HS256"})") == "ok");
    for (const char* typ : {"\"\"", "\"JWE\"", "\"logout+jwt\"", "\"dpop+jwt\"", "\"application/\"",
                            "\"application/application/jwt\"", "\"text/jwt\"", "\"JWT \"", "null", "1", "[\"JWT\"]"}) {
        CAPTURE(typ);
        CHECK(outcome_of_header("{\"alg\":\"HS256\",\"typ\":" + std::string(typ) + "}") == "bad_header");
    }
}

TEST_CASE("JWT: a part that is no strict JSON object is refused") {
    const std::vector<std::string> bad = {"",
                                          "null",
                                          "[]",
                                          "\"x\"",
                                          "17",
                                          "{",
                                          "{}{}",
                                          R"({"alg":"HS256",})",
                                          "\xef\xbb\xbf{}",
                                          "{\"a\":\"\xff\"}",
                                          R"({"alg":"HS256","alg":"HS256"})",
                                          R"({"alg":"HS256","\u0061lg":"none"})",
                                          R"({"alg":"HS256","x":{"y":1,"y":2}})",
                                          R"({"alg":"HS256","x":1e999})",
                                          R"({"alg":"HS256","x":"\ud800"})",
                                          "{'alg':'HS256'}",
                                          "{\"alg\":\"HS256\",\"x\":" + std::string(32, '[') + std::string(32, ']') +
                                              "}"};
    for (const std::string& text : bad) {
        CAPTURE(text);
        CHECK(outcome_of_header(text) == "malformed");
        CHECK(outcome(*secret_keys(), test::hs256_token(text)) == "malformed");
    }
    CHECK(outcome(*secret_keys(), test::hs256_token(R"({"userId":"a","exp":1700000100,"userId":"b"})")) == "malformed");
    CHECK(outcome(*secret_keys(), test::hs256_token(R"({"userId":"a","exp":1700000100,"\u0075serId":"a"})")) ==
          "malformed");
    CHECK(outcome(*secret_keys(), test::hs256_token(R"({"userId":"a","exp":1700000100,"x":)" + std::string(31, '[') +
                                                    std::string(31, ']') + "}")) == "ok");
}

TEST_CASE("JWT: a text that is not three canonical parts is refused") {
    const std::string token = test::hs256_token(good_claims);
    const std::size_t first = token.find('.');
    const std::size_t second = token.rfind('.');
    const std::string header = token.substr(0, first), payload = token.substr(first + 1, second - first - 1),
                      signature = token.substr(second + 1);
    REQUIRE(outcome(*secret_keys(), token) == "ok");
    for (const std::string& bad :
         std::vector<std::string>{"",
                                  ".",
                                  "..",
                                  "...",
                                  "a",
                                  "a.b",
                                  header,
                                  header + "." + payload,
                                  header + "." + payload + ".",
                                  "." + payload + "." + signature,
                                  header + ".." + signature,
                                  token + ".",
                                  "." + token,
                                  token + "." + signature,
                                  header + "." + payload + "." + signature + "." + signature + "." + signature,
                                  token + "=",
                                  token + "\n",
                                  " " + token,
                                  token + " ",
                                  header + "=." + payload + "." + signature,
                                  header + "." + payload + "==." + signature,
                                  header + "\n." + payload + "." + signature,
                                  token + std::string(1, '\0'),
                                  "Bearer " + token,
                                  token + "A",
                                  header + "." + payload + "." + signature + "AAAA%",
                                  "\"" + token + "\"",
                                  std::string(8192, '.'),
                                  "\xff\xfe.\x80.\x80"}) {
        CAPTURE(bad);
        const std::string seen = outcome(*secret_keys(), bad);
        CHECK(seen != "ok");
        CHECK((seen == "malformed" || bad == token + "A"));
    }
}

TEST_CASE("JWT: in no part may a character outside the alphabet or an unused bit be set") {
    const std::string token = test::hs256_token(good_claims);
    for (std::size_t i = 0; i < token.size(); ++i) {
        for (const char c : {'+', '/', '=', ' ', '\0', '\x80', '\xff', '%', '~', '\n'}) {
            std::string changed = token;
            changed[i] = c;
            REQUIRE(outcome(*secret_keys(), changed) == "malformed");
        }
    }
    // 32 bytes of a MAC leave two unused bits in the last character: its three other texts are not taken for it.
    const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const std::size_t value = alphabet.find(token.back());
    for (std::size_t bits = 1; bits < 4; ++bits) {
        std::string changed = token;
        changed.back() = alphabet[value | bits];
        CHECK(outcome(*secret_keys(), changed) == "malformed");
    }
}

TEST_CASE("JWT: a token of 8192 bytes is read and a longer one is not") {
    const auto of_size = [](std::size_t size) {
        for (std::size_t pad = 5900; pad < 6100; ++pad) {
            std::string token =
                test::hs256_token(R"({"userId":"a","exp":1700000100,"x":")" + std::string(pad, 'x') + "\"}");
            if (token.size() == size) return token;
        }
        return std::string();
    };
    CHECK(outcome(*secret_keys(), of_size(8192)) == "ok");
    CHECK(outcome(*secret_keys(), of_size(8194)) == "malformed");
    CHECK(outcome(*secret_keys(), std::string(100'000'000, 'A')) == "malformed");
}

TEST_CASE("JWT: a refused signature leaves nothing in OpenSSL's queue of errors") {
    ERR_clear_error();
    const auto zeros = [](std::string_view) { return std::string(64, '\0'); };
    CHECK(outcome(*public_keys(test::p256_key()), test::sign_token({R"({"alg":"ES256"})", good_claims}, zeros)) ==
          "bad_signature");
    CHECK(outcome(*public_keys(test::rsa_key()), test::sign_token({R"({"alg":"RS256"})", good_claims}, zeros)) ==
          "bad_signature");
    CHECK(ERR_peek_error() == 0);
}

} // namespace wsd
