#include "common/auth/key_set.hpp"

#include "common/auth/jwk.hpp"
#include "common/auth/openssl_handles.hpp"
#include "common/protocol/strict_json.hpp"

#include <openssl/pem.h>

#include <algorithm>
#include <utility>

namespace wsd {
namespace {

namespace json = boost::json;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::size_t count_of(std::string_view text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++count;
    return count;
}

// Why a text that holds no public key in PEM form holds none, as far as it can be told.
setup_error not_a_public_key(std::string_view text) {
    if (contains(text, "PRIVATE KEY-----")) {
        return {"the file holds a private key, which does not belong on this machine; make the public one from it: "
                "openssl pkey -in private.pem -pubout -out public.pem"};
    }
    if (contains(text, "-----BEGIN CERTIFICATE-----")) {
        return {"the file holds a certificate; take the public key out of it: "
                "openssl x509 -in certificate.pem -noout -pubkey -out public.pem"};
    }
    if (contains(text, "-----BEGIN RSA PUBLIC KEY-----")) {
        return {"the file holds a key in the PKCS #1 form; convert it: "
                "openssl rsa -RSAPublicKey_in -in old.pem -pubout -out public.pem"};
    }
    return {"the file holds no public key in PEM form; it must have a part between -----BEGIN PUBLIC KEY----- and "
            "-----END PUBLIC KEY-----"};
}

int no_password(char*, int, int, void*) { return -1; }

const json::array* keys_of(const json::value& document) {
    const json::object* object = document.if_object();
    const json::value* keys = object == nullptr ? nullptr : object->if_contains("keys");
    return keys == nullptr ? nullptr : keys->if_array();
}

std::optional<std::string_view> kid_of(const json::value& key) {
    const json::object* object = key.if_object();
    const json::value* kid = object == nullptr ? nullptr : object->if_contains("kid");
    if (kid == nullptr || !kid->is_string()) return std::nullopt;
    return std::string_view(kid->get_string());
}

// A name from the file, fit to be shown in one line.
std::string quoted(std::string_view text) {
    constexpr std::size_t bytes_max = 64;
    std::string out = "\"";
    for (const char c : text.substr(0, bytes_max)) {
        const bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
        out += plain ? c : '?';
    }
    return out + (text.size() > bytes_max ? "…\"" : "\"");
}

std::optional<std::string_view> kid_used_twice(const json::array& keys) {
    std::vector<std::string_view> kids;
    for (const json::value& key : keys) {
        if (const auto kid = kid_of(key)) kids.push_back(*kid);
    }
    std::sort(kids.begin(), kids.end());
    const auto twice = std::adjacent_find(kids.begin(), kids.end());
    if (twice == kids.end()) return std::nullopt;
    return *twice;
}

} // namespace

key_set::key_set(std::vector<entry> entries, bool by_kid) : entries_(std::move(entries)), by_kid_(by_kid) {}
key_set::~key_set() = default;

key_set_result key_set::of_one(setup_result<jws_key> key) {
    if (!key) return key.error();
    std::vector<entry> entries;
    entries.push_back({std::move(*key), std::nullopt});
    return std::shared_ptr<const key_set>(new key_set(std::move(entries), false));
}

key_set_result key_set::from_secret(std::string_view secret, std::size_t bytes_min) {
    if (secret.size() < bytes_min) {
        return setup_error{"the secret has " + std::to_string(secret.size()) + " bytes, at least " +
                           std::to_string(bytes_min) + " are needed; make one with: openssl rand -base64 48"};
    }
    return of_one(jws_key::from_secret(secret));
}

key_set_result key_set::from_pem(std::string_view text, std::optional<jws_algorithm> algorithm) {
    if (text.size() > file_bytes_max) return setup_error{"the file is larger than 1 MiB; it must hold one public key"};
    if (count_of(text, "-----BEGIN ") > 1) {
        return setup_error{"the file holds several keys or certificates; it must hold one public key"};
    }
    const openssl_error_scope errors;
    const bio_handle bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    public_key_handle key;
    if (bio) key.reset(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_password, nullptr));
    if (!key) return not_a_public_key(text);
    return of_one(jws_key::from_public_key(std::move(key), algorithm));
}

key_set_result key_set::from_jwks(std::string_view text, std::vector<std::string>& warnings) {
    if (text.size() > file_bytes_max) return setup_error{"the file is larger than 1 MiB"};
    strict_parser parser; // without a filter: whoever writes this file is trusted
    const json_result document = parser.parse(text);
    if (!document) {
        return setup_error{document.error() == json_problem::duplicate_member
                               ? "the file has an object in which a name occurs twice"
                               : "the file is not JSON"};
    }
    const json::array* keys = keys_of(*document);
    if (keys == nullptr)
        return setup_error{"the file is no JWK set; it must be an object with an array named \"keys\""};
    if (keys->size() > keys_max) return setup_error{"the set has more than " + std::to_string(keys_max) + " keys"};
    if (const auto kid = kid_used_twice(*keys)) {
        return setup_error{"the kid " + quoted(*kid) + " occurs twice; every key of a set needs its own"};
    }
    std::vector<entry> entries;
    for (std::size_t i = 0; i < keys->size(); ++i) {
        const auto kid = kid_of((*keys)[i]);
        setup_result<jws_key> key = key_from_jwk((*keys)[i]);
        if (key) {
            entries.push_back({std::move(*key), kid ? std::optional<std::string>(*kid) : std::nullopt});
        } else {
            warnings.push_back("key " + std::to_string(i + 1) + (kid ? " (kid " + quoted(*kid) + ")" : "") +
                               " is skipped: " + key.error().text);
        }
    }
    const bool several = entries.size() > 1;
    const auto can_be_chosen = [several](const entry& e) { return !several || e.kid; };
    if (std::none_of(entries.begin(), entries.end(), can_be_chosen)) {
        return setup_error{several ? "none of the keys has a kid, so no token can choose one; give every key its own"
                                   : "no key of the set can be used"};
    }
    if (!std::all_of(entries.begin(), entries.end(), can_be_chosen)) {
        warnings.push_back("a key without kid is never used, because the set has several keys");
    }
    return std::shared_ptr<const key_set>(new key_set(std::move(entries), true));
}

const jws_key* key_set::find(std::optional<std::string_view> kid) const noexcept {
    if (!by_kid_ || !kid) return entries_.size() == 1 ? &entries_.front().key : nullptr;
    for (const entry& candidate : entries_) {
        if (candidate.kid == *kid) return &candidate.key;
    }
    return nullptr;
}

} // namespace wsd
