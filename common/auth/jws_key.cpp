#include "common/auth/jws_key.hpp"

#include "common/auth/constant_time.hpp"
#include "common/auth/openssl_handles.hpp"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <array>

namespace wsd {
namespace {

constexpr std::size_t sha256_size = 32;
constexpr std::size_t p256_coordinate_size = 32;
constexpr int rsa_bits_min = 2048;
constexpr int rsa_bits_max = 16384; // what OpenSSL computes with

using sha256_mac = std::array<unsigned char, sha256_size>;

std::string_view view_of(const sha256_mac& mac) noexcept {
    return {reinterpret_cast<const char*>(mac.data()), mac.size()};
}

bool compute_mac(const EVP_MAC_CTX* keyed, std::string_view text, sha256_mac& mac) noexcept {
    const mac_context_handle context(EVP_MAC_CTX_dup(keyed));
    std::size_t size = 0;
    return context && EVP_MAC_update(context.get(), octets(text.data()), text.size()) == 1 &&
           EVP_MAC_final(context.get(), mac.data(), &size, mac.size()) == 1 && size == mac.size();
}

// The two numbers of RFC 7518 §3.4, side by side, in the DER form that OpenSSL takes.
struct der_signature {
    std::array<unsigned char, 80> bytes{};
    std::size_t size = 0;
};

bool to_der(std::string_view signature, der_signature& der) noexcept {
    if (signature.size() != 2 * p256_coordinate_size) return false;
    const unsigned char* bytes = octets(signature.data());
    constexpr int size = static_cast<int>(p256_coordinate_size);
    bignum_handle r(BN_bin2bn(bytes, size, nullptr));
    bignum_handle s(BN_bin2bn(bytes + size, size, nullptr));
    const ecdsa_signature_handle pair(ECDSA_SIG_new());
    if (!r || !s || !pair || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return false;
    static_cast<void>(r.release()); // both belong to the pair now
    static_cast<void>(s.release());
    const int length = i2d_ECDSA_SIG(pair.get(), nullptr);
    if (length <= 0 || static_cast<std::size_t>(length) > der.bytes.size()) return false;
    unsigned char* to = der.bytes.data();
    der.size = static_cast<std::size_t>(i2d_ECDSA_SIG(pair.get(), &to));
    return true;
}

bool use_pss(EVP_PKEY_CTX* context) noexcept {
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

bool verify_with_public_key(EVP_PKEY* key, jws_algorithm algorithm, std::string_view text,
                            std::string_view signature) noexcept {
    der_signature der;
    if (algorithm == jws_algorithm::es256) {
        if (!to_der(signature, der)) return false;
        signature = {reinterpret_cast<const char*>(der.bytes.data()), der.size};
    }
    const digest_context_handle context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* settings = nullptr; // owned by the context
    const char* digest = algorithm == jws_algorithm::eddsa ? nullptr : "SHA256";
    if (!context || EVP_DigestVerifyInit_ex(context.get(), &settings, digest, nullptr, nullptr, key, nullptr) != 1) {
        return false;
    }
    if (algorithm == jws_algorithm::ps256 && !use_pss(settings)) return false;
    return EVP_DigestVerify(context.get(), octets(signature.data()), signature.size(), octets(text.data()),
                            text.size()) == 1;
}

std::string type_name(const EVP_PKEY* key) {
    const char* name = EVP_PKEY_get0_type_name(key);
    return name == nullptr ? "unknown" : name;
}

setup_error wrong_type(const EVP_PKEY* key) {
    return {"the key is of type " + type_name(key) + "; use an RSA key of at least " + std::to_string(rsa_bits_min) +
            " bits, an EC key on the curve P-256, or an Ed25519 key"};
}

bool is_p256(const EVP_PKEY* key) {
    std::array<char, 64> group{};
    std::size_t size = 0;
    return EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
           std::string_view(group.data(), size) == "prime256v1";
}

// What the key can be used with when nothing else is asked for.
setup_result<jws_algorithm> natural_algorithm(const EVP_PKEY* key) {
    if (EVP_PKEY_is_a(key, "RSA") == 1) {
        const int bits = EVP_PKEY_get_bits(key);
        if (bits < rsa_bits_min || bits > rsa_bits_max) {
            return setup_error{"the RSA key has " + std::to_string(bits) + " bits; use one of " +
                               std::to_string(rsa_bits_min) + " to " + std::to_string(rsa_bits_max) + " bits"};
        }
        return jws_algorithm::rs256;
    }
    if (EVP_PKEY_is_a(key, "EC") == 1) {
        if (is_p256(key)) return jws_algorithm::es256;
        return setup_error{"the EC key is not on the curve P-256; use one that is (prime256v1)"};
    }
    if (EVP_PKEY_is_a(key, "ED25519") == 1) return jws_algorithm::eddsa;
    return wrong_type(key);
}

// An Ed25519 key is any 32 bytes, and not every OpenSSL 3 has a check for it.
bool is_sound(EVP_PKEY* key, jws_algorithm algorithm) {
    if (algorithm == jws_algorithm::eddsa) return true;
    const key_context_handle context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
    return context && EVP_PKEY_public_check(context.get()) == 1;
}

} // namespace

void public_key_deleter::operator()(evp_pkey_st* key) const noexcept { EVP_PKEY_free(key); }
void mac_context_deleter::operator()(evp_mac_ctx_st* context) const noexcept { EVP_MAC_CTX_free(context); }

setup_result<jws_key> jws_key::from_secret(std::string_view secret) {
    if (secret.empty()) return setup_error{"the secret is empty"};
    const openssl_error_scope errors;
    const mac_handle hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    jws_key made;
    if (hmac) made.mac_.reset(EVP_MAC_CTX_new(hmac.get()));
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                 OSSL_PARAM_construct_end()};
    if (!made.mac_ || EVP_MAC_init(made.mac_.get(), octets(secret.data()), secret.size(), params) != 1) {
        return setup_error{"OpenSSL offers no HMAC with SHA-256; check its configuration and providers"};
    }
    return made;
}

setup_result<jws_key> jws_key::from_public_key(public_key_handle key, std::optional<jws_algorithm> algorithm) {
    const openssl_error_scope errors;
    const setup_result<jws_algorithm> natural = natural_algorithm(key.get());
    if (!natural) return natural.error();
    const bool pss = *natural == jws_algorithm::rs256 && algorithm == jws_algorithm::ps256;
    if (algorithm && algorithm != *natural && !pss) {
        return setup_error{"the algorithm " + std::string(name_of(*algorithm)) + " does not fit a key of type " +
                           type_name(key.get()) + "; use " + std::string(name_of(*natural)) +
                           (*natural == jws_algorithm::rs256 ? " or PS256" : "")};
    }
    if (!is_sound(key.get(), *natural)) return setup_error{"the numbers of the key are not those of a public key"};
    jws_key made;
    made.algorithm_ = pss ? jws_algorithm::ps256 : *natural;
    made.public_key_ = std::move(key);
    return made;
}

bool jws_key::verify(std::string_view text, std::string_view signature) const noexcept {
    const openssl_error_scope errors;
    if (public_key_) return verify_with_public_key(public_key_.get(), algorithm_, text, signature);
    sha256_mac mac{};
    return compute_mac(mac_.get(), text, mac) && constant_time_equal(view_of(mac), signature);
}

std::optional<std::string> jws_key::sign(std::string_view text) const {
    const openssl_error_scope errors;
    sha256_mac mac{};
    if (!mac_ || !compute_mac(mac_.get(), text, mac)) return std::nullopt;
    return std::string(view_of(mac));
}

} // namespace wsd
