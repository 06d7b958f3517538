#include "common/auth/jwt.hpp"
#include "common/base/ensure.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/unit/auth/token_maker.hpp"

#include <boost/json/parse.hpp>

#include <cmath>

namespace wsd::fuzz {
namespace {

constexpr timestamp now = 1'782'036'000'000;

// Whoever is let in has a token with our signature, from the algorithm that the key pins, and in its time.
void judge(std::string_view token, const verify_options& options) {
    static const auto keys = key_set::from_secret(test::secret).value();
    const auto read = verify(*keys, options, token, now);
    if (!read) return;
    const std::size_t last = token.rfind('.');
    const std::string_view text = token.substr(0, last);
    ensure(last != std::string_view::npos && token.size() <= token_bytes_max, "a token has three parts");
    const test::signer sign = [&text](std::string_view) { return test::hmac_sha256(test::secret, text); };
    const std::string again = test::sign_token({.header = "", .claims = ""}, sign);
    ensure(token.substr(last + 1) == again.substr(again.rfind('.') + 1), "the signature is right");
    ensure(!read->user.value.empty() && read->user.value.size() <= 128, "a user has a name");
    ensure(!options.require_expiry || read->expires_at.has_value(), "a token ends");
    ensure(!read->expires_at || now < *read->expires_at + options.leeway.count() * 1000, "a token has not ended");
    ensure(!read->not_before || now >= *read->not_before - options.leeway.count() * 1000, "a token has begun");
}

} // namespace

int fuzz_jwt(octets input) {
    if (input.empty()) return 0;
    const unsigned how = input[0];
    std::string_view rest = text_of(input.subspan(1));
    verify_options options;
    options.require_expiry = (how & 1) == 0;
    if ((how & 2) != 0) options.issuer = "issuer";
    if ((how & 4) != 0) options.audience = "audience";
    if ((how & 8) == 0) {
        judge(rest, options);
        return 0;
    }
    const std::string_view header = take_line(rest);
    const std::string token = test::hs256_token(std::string(rest), std::string(header));
    judge(token, options);
    static const auto keys = key_set::from_secret(test::secret).value();
    if (!verify(*keys, options, token, now)) return 0;
    boost::system::error_code ec;
    const auto parsed = boost::json::parse(header, ec);
    ensure(!ec && parsed.is_object() && parsed.as_object().if_contains("alg") != nullptr,
           "a header names its algorithm");
    ensure(parsed.as_object().at("alg") == "HS256", "the key pins the algorithm");
    for (const char* refused : {"crit", "b64", "zip", "enc", "cty"})
        ensure(!parsed.as_object().contains(refused), "what changes the meaning of a token is refused");
    std::string changed = token; // any other last octet but one of the signature is another signature
    changed[changed.size() - 2] = changed[changed.size() - 2] == 'A' ? 'B' : 'A';
    ensure(!verify(*keys, options, changed, now), "another signature is wrong");
    return 0;
}

} // namespace wsd::fuzz
