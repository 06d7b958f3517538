#include "common/auth/jwk.hpp"

#include "common/auth/base64url.hpp"
#include "common/auth/openssl_handles.hpp"

#include <openssl/core_names.h>

#include <algorithm>
#include <string>

namespace wsd {
namespace {

namespace json = boost::json;

constexpr std::size_t modulus_bytes_max = 2048;
constexpr std::size_t exponent_bytes_max = 8;
constexpr std::size_t coordinate_bytes = 32;

// nullopt: there is none, or it is no string.
std::optional<std::string_view> string_member(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string_view(value->get_string());
}

std::optional<std::string> bytes_member(const json::object& object, std::string_view name) {
    const auto text = string_member(object, name);
    return text ? base64url_decode(*text) : std::nullopt;
}

bignum_handle to_bignum(const std::string& bytes) {
    return bignum_handle(BN_bin2bn(octets(bytes.data()), static_cast<int>(bytes.size()), nullptr));
}

public_key_handle make_key(const char* type, OSSL_PARAM_BLD* builder) {
    const params_handle params(OSSL_PARAM_BLD_to_param(builder));
    const key_context_handle context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
        EVP_PKEY_free(key);
        return nullptr;
    }
    return public_key_handle(key);
}

public_key_handle rsa_key(const json::object& jwk) {
    const auto modulus = bytes_member(jwk, "n"), exponent = bytes_member(jwk, "e");
    if (!modulus || !exponent || modulus->size() > modulus_bytes_max || exponent->size() > exponent_bytes_max) {
        return nullptr;
    }
    const bignum_handle n = to_bignum(*modulus), e = to_bignum(*exponent);
    const param_builder_handle builder(OSSL_PARAM_BLD_new());
    if (!n || !e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
        return nullptr;
    }
    return make_key("RSA", builder.get());
}

public_key_handle p256_key(const json::object& jwk) {
    const auto x = bytes_member(jwk, "x"), y = bytes_member(jwk, "y");
    if (!x || !y || x->size() != coordinate_bytes || y->size() != coordinate_bytes) return nullptr;
    const std::string point = "\x04" + *x + *y; // uncompressed, SEC 1 §2.3.3
    const param_builder_handle builder(OSSL_PARAM_BLD_new());
    if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
        return nullptr;
    }
    return make_key("EC", builder.get());
}

public_key_handle ed25519_key(const json::object& jwk) {
    const auto x = bytes_member(jwk, "x");
    if (!x || x->size() != coordinate_bytes) return nullptr;
    return public_key_handle(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, octets(x->data()), x->size()));
}

// What makes a key one of another purpose, before its numbers are looked at; empty: nothing.
std::string_view other_purpose(const json::object& jwk) {
    if (jwk.contains("kid") && !string_member(jwk, "kid")) return "its \"kid\" is no string";
    if (jwk.contains("use") && string_member(jwk, "use") != "sig") return "its \"use\" is not \"sig\"";
    if (const json::value* operations = jwk.if_contains("key_ops")) {
        const json::array* list = operations->if_array();
        const auto is_verify = [](const json::value& v) { return v.is_string() && v.get_string() == "verify"; };
        if (list == nullptr || std::none_of(list->begin(), list->end(), is_verify)) {
            return "its \"key_ops\" do not contain \"verify\"";
        }
    }
    return {};
}

} // namespace

setup_result<jws_key> key_from_jwk(const json::value& value) {
    const json::object* jwk = value.if_object();
    if (jwk == nullptr) return setup_error{"it is no object"};
    if (const std::string_view why = other_purpose(*jwk); !why.empty()) return setup_error{std::string(why)};
    const auto type = string_member(*jwk, "kty");
    const auto curve = string_member(*jwk, "crv");
    public_key_handle (*make)(const json::object&) = nullptr;
    if (type == "oct")
        return setup_error{"it is a shared secret (\"kty\":\"oct\"), which has no place in a set of public keys"};
    if (type == "RSA") make = rsa_key;
    if (type == "EC" && curve == "P-256") make = p256_key;
    if (type == "OKP" && curve == "Ed25519") make = ed25519_key;
    if (make == nullptr) return setup_error{"its type is not RSA, EC on P-256, or OKP with Ed25519"};

    std::optional<jws_algorithm> algorithm;
    if (jwk->contains("alg")) {
        const auto name = string_member(*jwk, "alg");
        algorithm = name ? parse_jws_algorithm(*name) : std::nullopt;
        if (!algorithm) return setup_error{"its \"alg\" is not RS256, PS256, ES256 or EdDSA"};
    }
    const openssl_error_scope errors;
    public_key_handle key = make(*jwk);
    if (!key) return setup_error{"its numbers are missing, not base64url, or not those of a public key"};
    return jws_key::from_public_key(std::move(key), algorithm);
}

} // namespace wsd
