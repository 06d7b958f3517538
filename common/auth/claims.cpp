#include "common/auth/claims.hpp"

#include "common/protocol/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace wsd {
namespace {

namespace json = boost::json;

constexpr timestamp time_max = (timestamp{1} << 53) - 1;

// That the text is UTF-8 was seen to by the parser.
const json::string* as_id(const json::value& value) {
    const json::string* text = value.if_string();
    return text != nullptr && is_id(*text) ? text : nullptr;
}

timestamp clamp(timestamp ms) { return std::clamp(ms, -time_max, time_max); }

// Rounded up: a whole number of milliseconds lies below x exactly when it lies below the rounded x.
std::optional<timestamp> as_time(const json::value& value) {
    constexpr timestamp seconds_max = time_max / 1000;
    if (const std::int64_t* seconds = value.if_int64()) {
        return clamp(std::clamp(*seconds, -seconds_max - 1, seconds_max + 1) * 1000);
    }
    if (value.is_uint64()) return time_max;
    const double* seconds = value.if_double();
    if (seconds == nullptr) return std::nullopt;
    constexpr auto limit = static_cast<double>(time_max);
    return static_cast<timestamp>(std::clamp(std::ceil(*seconds * 1000), -limit, limit));
}

// false: the claim is there and is no number.
bool read_time(const json::object& object, std::string_view name, std::optional<timestamp>& out) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr) return true;
    out = as_time(*value);
    return out.has_value();
}

bool read_user(const json::object& object, user_id& out) {
    for (const std::string_view name : {"userId", "user_id", "sub"}) {
        const json::value* value = object.if_contains(name);
        if (value == nullptr) continue;
        const json::string* id = as_id(*value);
        if (id != nullptr) out.value.assign(id->begin(), id->end());
        return id != nullptr;
    }
    return false;
}

bool read_session(const json::object& object, session_id& out) {
    const json::value* value = object.if_contains("sid");
    if (value == nullptr) {
        out.value = default_session;
        return true;
    }
    const json::string* id = as_id(*value);
    if (id != nullptr) out.value.assign(id->begin(), id->end());
    return id != nullptr;
}

bool read_role(const json::object& object, role& out) {
    const json::value* value = object.if_contains("role");
    if (value == nullptr) return true;
    const json::string* name = value->if_string();
    if (name == nullptr) return false;
    if (*name == "ADMIN") out = role::admin;
    return *name == "ADMIN" || *name == "USER";
}

bool is_text(const json::value* value, std::string_view text) {
    return value != nullptr && value->is_string() && std::string_view(value->get_string()) == text;
}

bool names_audience(const json::value* value, std::string_view audience) {
    const json::array* list = value == nullptr ? nullptr : value->if_array();
    if (list == nullptr) return is_text(value, audience);
    const auto is_string = [](const json::value& element) { return element.is_string(); };
    const auto is_audience = [audience](const json::value& element) { return is_text(&element, audience); };
    return std::all_of(list->begin(), list->end(), is_string) && std::any_of(list->begin(), list->end(), is_audience);
}

} // namespace

token_result<claims> read_claims(const json::object& object, const verify_options& options) {
    claims read;
    if (!read_user(object, read.user) || !read_session(object, read.session) || !read_role(object, read.role) ||
        !read_time(object, "exp", read.expires_at) || !read_time(object, "nbf", read.not_before) ||
        !read_time(object, "iat", read.issued_at) || (options.require_expiry && !read.expires_at)) {
        return token_problem::bad_claims;
    }
    if (!options.issuer.empty() && !is_text(object.if_contains("iss"), options.issuer)) {
        return token_problem::wrong_issuer;
    }
    if (!options.audience.empty() && !names_audience(object.if_contains("aud"), options.audience)) {
        return token_problem::wrong_audience;
    }
    return read;
}

token_result<void> check_times(const claims& read, const verify_options& options, timestamp now) {
    const timestamp leeway = std::chrono::milliseconds(options.leeway).count();
    if (read.expires_at && now >= *read.expires_at + leeway) return token_problem::expired;
    if (read.not_before && now < *read.not_before - leeway) return token_problem::not_yet_valid;
    return {};
}

} // namespace wsd
