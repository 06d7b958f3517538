#pragma once

#include "common/auth/jws_algorithm.hpp"
#include "common/auth/setup_error.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

// OpenSSL's own names of its handles, so that its headers stay out of this one.
struct evp_pkey_st;
struct evp_mac_ctx_st;

namespace wsd {

struct public_key_deleter {
    void operator()(evp_pkey_st* key) const noexcept;
};
using public_key_handle = std::unique_ptr<evp_pkey_st, public_key_deleter>;

struct mac_context_deleter {
    void operator()(evp_mac_ctx_st* context) const noexcept;
};
using mac_context_handle = std::unique_ptr<evp_mac_ctx_st, mac_context_deleter>;

// One key with the one algorithm it is used with. Immutable: any number of threads may verify with it at once.
class jws_key {
  public:
    // HS256. The secret is any number of bytes above zero; how many are enough is for the caller to say.
    [[nodiscard]] static setup_result<jws_key> from_secret(std::string_view secret);
    // RSA of 2048 to 16384 bits (RS256, or PS256 when asked for), EC on P-256 (ES256) or Ed25519 (EdDSA). An algorithm
    // that does not fit the key is an error.
    [[nodiscard]] static setup_result<jws_key> from_public_key(public_key_handle key,
                                                               std::optional<jws_algorithm> algorithm);

    [[nodiscard]] jws_algorithm algorithm() const noexcept { return algorithm_; }

    // `signature` is in the form of RFC 7518 §3, not yet base64url. False for every signature that does not fit,
    // whatever its length; a MAC is compared in constant time. Leaves no entry in OpenSSL's queue of errors.
    [[nodiscard]] bool verify(std::string_view text, std::string_view signature) const noexcept;

    // The 32 bytes of an HS256 signature; nullopt when this is a public key.
    [[nodiscard]] std::optional<std::string> sign(std::string_view text) const;

  private:
    jws_key() = default;

    jws_algorithm algorithm_ = jws_algorithm::hs256;
    mac_context_handle mac_;       // keyed and never fed: the text goes to a copy
    public_key_handle public_key_; // either this or the above
};

} // namespace wsd
