#include "common/auth/jwt.hpp"

#include "common/auth/field_text.hpp"
#include "common/auth/jws_parts.hpp"
#include "common/protocol/strict_json.hpp"

#include <boost/json/monotonic_resource.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace wsd {
namespace {

namespace json = boost::json;

// Enough for a usual header and claims without the heap.
constexpr std::size_t json_buffer_bytes = 4096;

constexpr std::array<std::string_view, 18> known_names{"alg", "typ", "kid",    "crit", "b64", "zip",
                                                       "enc", "cty", "userId", "sub",  "sid", "role",
                                                       "exp", "nbf", "iat",    "iss",  "aud", "user_id"};

bool is_known_name(std::string_view name) noexcept {
    return std::find(known_names.begin(), known_names.end(), name) != known_names.end();
}

// A media type of RFC 7515 §4.1.9 whose `application/` may be left out.
bool is_token_type(std::string_view type) {
    constexpr std::string_view prefix = "application/";
    if (equal_ignoring_case(type.substr(0, prefix.size()), prefix)) type.remove_prefix(prefix.size());
    return equal_ignoring_case(type, "JWT") || equal_ignoring_case(type, "at+jwt");
}

// `crit` and `b64` change what is signed, `zip` and `enc` and `cty` what the payload is; none is understood here.
bool has_acceptable_members(const json::object& header) {
    for (const std::string_view name : {"crit", "b64", "zip", "enc", "cty"}) {
        if (header.contains(name)) return false;
    }
    const json::value* type = header.if_contains("typ");
    return type == nullptr || (type->is_string() && is_token_type(type->get_string()));
}

token_result<const jws_key*> choose_key(const key_set& keys, const json::object& header) {
    const json::value* kid = keys.selects_by_kid() ? header.if_contains("kid") : nullptr;
    if (kid != nullptr && !kid->is_string()) return token_problem::bad_header;
    const jws_key* key = kid == nullptr ? keys.find(std::nullopt) : keys.find(std::string_view(kid->get_string()));
    if (key == nullptr) return token_problem::unknown_key;
    const json::value* algorithm = header.if_contains("alg");
    if (algorithm == nullptr || !algorithm->is_string() ||
        std::string_view(algorithm->get_string()) != name_of(key->algorithm())) {
        return token_problem::bad_algorithm;
    }
    return key;
}

} // namespace

token_result<claims> verify(const key_set& keys, const verify_options& options, std::string_view token, timestamp now) {
    std::array<char, token_bytes_max> decoded;
    const std::optional<jws_parts> parts = split_token(token, decoded);
    if (!parts) return token_problem::malformed;

    std::array<unsigned char, json_buffer_bytes> buffer;
    json::monotonic_resource memory(buffer.data(), buffer.size());
    strict_parser parser(is_known_name);
    const json_result header = parser.parse(parts->header, &memory);
    if (!header || !header->is_object()) return token_problem::malformed;
    if (!has_acceptable_members(header->get_object())) return token_problem::bad_header;
    const token_result<const jws_key*> key = choose_key(keys, header->get_object());
    if (!key) return key.error();
    if (!(*key)->verify(parts->signed_text, parts->signature)) return token_problem::bad_signature;

    const json_result payload = parser.parse(parts->payload, &memory);
    if (!payload || !payload->is_object()) return token_problem::malformed;
    token_result<claims> read = read_claims(payload->get_object(), options);
    if (!read) return read;
    if (const token_result<void> times = check_times(*read, options, now); !times) return times.error();
    return read;
}

} // namespace wsd
