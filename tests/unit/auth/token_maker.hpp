#pragma once

#include "common/auth/key_set.hpp"

#include <functional>
#include <string>
#include <string_view>

// Makes keys and signatures through OpenSSL by other calls than the code under test uses.
namespace wsd::test {

enum class key_kind { rsa_1024, rsa_2048, rsa_3072, p256, p384, secp256k1, ed25519, ed448, rsa_pss };

class private_key {
  public:
    explicit private_key(key_kind kind);

    [[nodiscard]] std::string public_pem() const;
    [[nodiscard]] std::string private_pem() const;
    // A JWK of the public part; `extra` are more members, for example `"kid":"a","use":"sig"`.
    [[nodiscard]] std::string jwk(std::string_view extra = {}) const;

    // In the form of JWS. `algorithm` is RS256, PS256, ES256, EdDSA, or RS384, RS512.
    [[nodiscard]] std::string sign(std::string_view algorithm, std::string_view text) const;
    // PS256 with a salt of another length.
    [[nodiscard]] std::string sign_pss(std::string_view text, int salt_bytes) const;
    // ES256 as OpenSSL gives it, in DER.
    [[nodiscard]] std::string sign_der(std::string_view text) const;

  private:
    key_kind kind_;
    public_key_handle key_;
};

// Made once per run, since RSA keys take a while.
const private_key& rsa_key();
const private_key& other_rsa_key();
const private_key& p256_key();
const private_key& ed25519_key();

std::string hmac_sha256(std::string_view secret, std::string_view text);
std::string hmac_sha512(std::string_view secret, std::string_view text);

struct token_text {
    std::string header;
    std::string claims;
};
using signer = std::function<std::string(std::string_view)>;
std::string sign_token(const token_text& text, const signer& sign);

inline constexpr std::string_view secret = "0123456789abcdef0123456789abcdef";
inline constexpr std::string_view hs256_header = R"({"alg":"HS256","typ":"JWT"})";
std::string hs256_token(std::string claims, std::string header = std::string(hs256_header));

} // namespace wsd::test
