#include "common/auth/jwt.hpp"
#include "tests/unit/auth/token_maker.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace wsd {
namespace {

constexpr timestamp now = 1'700'000'000'000;
const std::string claims_text = R"({"userId":"alice","sid":"phone","role":"USER","exp":1700000100,"iat":1700000000})";

class mutator {
  public:
    explicit mutator(unsigned seed) : random_(seed) {}

    std::string mutate(std::string token) {
        const std::size_t changes = 1 + below(3);
        for (std::size_t i = 0; i < changes; ++i) change(token);
        return token;
    }

  private:
    std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
    char character() {
        static const std::string likely = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/";
        return below(8) == 0 ? static_cast<char>(random_()) : likely[below(likely.size())];
    }
    void change(std::string& token) {
        const std::size_t at = below(token.size());
        const std::size_t length = below(40);
        switch (below(9)) {
        case 0:
            token.insert(at, 1, character());
            break;
        case 1:
            token.erase(at, 1 + length);
            break;
        case 2:
            token.insert(at, token.substr(below(token.size()), length));
            break;
        case 3:
            token.resize(at);
            break;
        case 4:
            std::reverse(token.begin() + static_cast<std::ptrdiff_t>(at), token.end());
            break;
        case 5:
            token.append(length, character());
            break;
        case 6:
            std::swap(token[at % (token.size() + 1)], token[below(token.size())]);
            break;
        default:
            if (!token.empty()) token[at] = character();
        }
    }

    std::mt19937 random_;
};

// A valid token of each algorithm with the key set that takes it.
struct subject {
    std::string algorithm;
    std::shared_ptr<const key_set> keys;
    std::string token;
};

subject asymmetric(const test::private_key& key, const std::string& algorithm,
                   std::optional<jws_algorithm> pinned = {}) {
    return {algorithm, key_set::from_pem(key.public_pem(), pinned).value(),
            test::sign_token({"{\"alg\":\"" + algorithm + "\"}", claims_text},
                             [&](std::string_view text) { return key.sign(algorithm, text); })};
}

std::vector<subject> subjects() {
    return {{"HS256", key_set::from_secret(test::secret).value(), test::hs256_token(claims_text)},
            asymmetric(test::rsa_key(), "RS256"),
            asymmetric(test::rsa_key(), "PS256", jws_algorithm::ps256),
            asymmetric(test::p256_key(), "ES256"),
            asymmetric(test::ed25519_key(), "EdDSA")};
}

} // namespace

TEST_CASE("JWT: no random change of a token verifies") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    mutator mutations(seed);
    for (const subject& valid : subjects()) {
        CAPTURE(valid.algorithm);
        REQUIRE(verify(*valid.keys, {}, valid.token, now).has_value());
        const int rounds = valid.algorithm == "HS256" ? 20'000 : 2'000;
        for (int i = 0; i < rounds; ++i) {
            const std::string changed = mutations.mutate(valid.token);
            if (changed == valid.token) continue;
            if (!verify(*valid.keys, {}, changed, now).has_error()) FAIL("accepted: " << changed);
        }
    }
}

TEST_CASE("JWT: random header and claims under a true signature never crash, and never make another user") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    mutator mutations(seed);
    const auto keys = key_set::from_secret(test::secret).value();
    for (int i = 0; i < 20'000; ++i) {
        const std::string header =
            i % 2 == 0 ? std::string(test::hs256_header) : mutations.mutate(std::string(test::hs256_header));
        const auto read = verify(*keys, {}, test::hs256_token(mutations.mutate(claims_text), header), now);
        if (read && (read->user.value.empty() || read->user.value.size() > 128 || !read->expires_at)) FAIL("accepted");
    }
}

TEST_CASE("JWT: several threads verify with one key set at once") {
    const std::vector<subject> all = subjects();
    std::vector<int> accepted(4, 0);
    std::vector<int> refused(4, 0);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < accepted.size(); ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 50; ++i) {
                for (const subject& valid : all) {
                    std::string changed = valid.token;
                    changed[changed.size() / 2] = changed[changed.size() / 2] == 'A' ? 'B' : 'A';
                    accepted[t] += verify(*valid.keys, {}, valid.token, now).has_value() ? 1 : 0;
                    refused[t] += verify(*valid.keys, {}, changed, now).has_error() ? 1 : 0;
                }
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(accepted == std::vector<int>(4, 250));
    CHECK(refused == std::vector<int>(4, 250));
}

} // namespace wsd
