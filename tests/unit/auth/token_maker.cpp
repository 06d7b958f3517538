#include "tests/unit/auth/token_maker.hpp"

#include "common/auth/base64url.hpp"
#include "common/auth/openssl_handles.hpp"

#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <stdexcept>

namespace wsd::test {
namespace {

void require(bool done) {
    if (!done) throw std::runtime_error("OpenSSL refused to make a test key or signature");
}

EVP_PKEY* generate(key_kind kind) {
    switch (kind) {
    case key_kind::rsa_1024:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024});
    case key_kind::rsa_2048:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048});
    case key_kind::rsa_3072:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{3072});
    case key_kind::p256:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    case key_kind::p384:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384");
    case key_kind::secp256k1:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "secp256k1");
    case key_kind::ed25519:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    case key_kind::ed448:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448");
    case key_kind::rsa_pss:
        break;
    }
    const key_context_handle context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA-PSS", nullptr));
    EVP_PKEY* key = nullptr;
    require(EVP_PKEY_keygen_init(context.get()) == 1 && EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), 2048) == 1 &&
            EVP_PKEY_generate(context.get(), &key) == 1);
    return key;
}

std::string take(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string number(const EVP_PKEY* key, const char* name) {
    BIGNUM* value = nullptr;
    require(EVP_PKEY_get_bn_param(key, name, &value) == 1);
    const bignum_handle owner(value);
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
    BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
    return bytes;
}

std::string padded(std::string bytes, std::size_t size) { return std::string(size - bytes.size(), '\0') + bytes; }

std::string member(std::string_view name, const std::string& bytes) {
    return ",\"" + std::string(name) + "\":\"" + base64url_encode(bytes) + "\"";
}

std::string digest_sign(EVP_PKEY* key, const char* digest, std::string_view text, int salt_bytes) {
    const digest_context_handle context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* settings = nullptr;
    require(EVP_DigestSignInit_ex(context.get(), &settings, digest, nullptr, nullptr, key, nullptr) == 1);
    if (salt_bytes >= 0) {
        require(EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, salt_bytes) == 1);
    }
    std::size_t size = 0;
    require(EVP_DigestSign(context.get(), nullptr, &size, octets(text.data()), text.size()) == 1);
    std::string signature(size, '\0');
    require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                           octets(text.data()), text.size()) == 1);
    signature.resize(size);
    return signature;
}

std::string number_bytes(const BIGNUM* value, int size) {
    std::string bytes(static_cast<std::size_t>(size), '\0');
    require(BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()), size) == size);
    return bytes;
}

std::string hmac(const EVP_MD* digest, std::string_view secret_bytes, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    require(HMAC(digest, secret_bytes.data(), static_cast<int>(secret_bytes.size()), octets(text.data()), text.size(),
                 out.data(), &size) != nullptr);
    return {reinterpret_cast<const char*>(out.data()), size};
}

} // namespace

private_key::private_key(key_kind kind) : kind_(kind), key_(generate(kind)) { require(key_ != nullptr); }

std::string private_key::public_pem() const {
    const bio_handle bio(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_PUBKEY(bio.get(), key_.get()) == 1);
    return take(bio.get());
}

std::string private_key::private_pem() const {
    const bio_handle bio(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return take(bio.get());
}

std::string private_key::jwk(std::string_view extra) const {
    std::string out = "{\"kty\":";
    if (kind_ == key_kind::ed25519 || kind_ == key_kind::ed448) {
        std::array<unsigned char, 64> raw{};
        std::size_t size = raw.size();
        require(EVP_PKEY_get_raw_public_key(key_.get(), raw.data(), &size) == 1);
        out += kind_ == key_kind::ed25519 ? R"("OKP","crv":"Ed25519")" : R"("OKP","crv":"Ed448")";
        out += member("x", {reinterpret_cast<const char*>(raw.data()), size});
    } else if (kind_ == key_kind::p256 || kind_ == key_kind::p384 || kind_ == key_kind::secp256k1) {
        const std::size_t size = kind_ == key_kind::p384 ? 48 : 32;
        out += "\"EC\",\"crv\":\"";
        out += kind_ == key_kind::p256 ? "P-256\"" : kind_ == key_kind::p384 ? "P-384\"" : "secp256k1\"";
        out += member("x", padded(number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X), size));
        out += member("y", padded(number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y), size));
    } else {
        out += "\"RSA\"" + member("n", number(key_.get(), OSSL_PKEY_PARAM_RSA_N)) +
               member("e", number(key_.get(), OSSL_PKEY_PARAM_RSA_E));
    }
    if (!extra.empty()) out += "," + std::string(extra);
    return out + "}";
}

std::string private_key::sign(std::string_view algorithm, std::string_view text) const {
    if (algorithm == "PS256") return sign_pss(text, 32);
    if (algorithm == "EdDSA") return digest_sign(key_.get(), nullptr, text, -1);
    if (algorithm == "RS384") return digest_sign(key_.get(), "SHA384", text, -1);
    if (algorithm == "RS512") return digest_sign(key_.get(), "SHA512", text, -1);
    if (algorithm == "RS256") return digest_sign(key_.get(), "SHA256", text, -1);
    const std::string der = sign_der(text);
    const unsigned char* from = octets(der.data());
    const ecdsa_signature_handle pair(d2i_ECDSA_SIG(nullptr, &from, static_cast<long>(der.size())));
    const int size = kind_ == key_kind::p384 ? 48 : 32;
    return number_bytes(ECDSA_SIG_get0_r(pair.get()), size) + number_bytes(ECDSA_SIG_get0_s(pair.get()), size);
}

std::string private_key::sign_pss(std::string_view text, int salt_bytes) const {
    return digest_sign(key_.get(), "SHA256", text, salt_bytes);
}

std::string private_key::sign_der(std::string_view text) const { return digest_sign(key_.get(), "SHA256", text, -1); }

const private_key& rsa_key() {
    static const private_key key(key_kind::rsa_2048);
    return key;
}
const private_key& other_rsa_key() {
    static const private_key key(key_kind::rsa_2048);
    return key;
}
const private_key& p256_key() {
    static const private_key key(key_kind::p256);
    return key;
}
const private_key& ed25519_key() {
    static const private_key key(key_kind::ed25519);
    return key;
}

std::string hmac_sha256(std::string_view secret_bytes, std::string_view text) {
    return hmac(EVP_sha256(), secret_bytes, text);
}
std::string hmac_sha512(std::string_view secret_bytes, std::string_view text) {
    return hmac(EVP_sha512(), secret_bytes, text);
}

std::string sign_token(const token_text& text, const signer& sign) {
    const std::string signed_text = base64url_encode(text.header) + "." + base64url_encode(text.claims);
    return signed_text + "." + base64url_encode(sign(signed_text));
}

std::string hs256_token(std::string claims, std::string header) {
    return sign_token({std::move(header), std::move(claims)},
                      [](std::string_view text) { return hmac_sha256(secret, text); });
}

} // namespace wsd::test
