#pragma once

#include "common/auth/token_problem.hpp"
#include "common/base/clock.hpp"
#include "common/base/ids.hpp"

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace wsd {

enum class role : std::uint8_t { user, admin };

// The session of a token that names none.
inline constexpr std::string_view default_session = "default";

// What a token says. The times are milliseconds since the Unix epoch, fractions rounded up, and within ±(2^53 − 1),
// so that a leeway can be added to them.
struct claims {
    user_id user;
    session_id session;
    wsd::role role = role::user;
    std::optional<timestamp> expires_at; // `exp`, without leeway; absent: never
    std::optional<timestamp> not_before; // `nbf`
    std::optional<timestamp> issued_at;  // `iat`
};

struct verify_options {
    std::string issuer{};   // empty: `iss` is not looked at
    std::string audience{}; // empty: `aud` is not looked at
    std::chrono::seconds leeway{30};
    bool require_expiry = true;
};

template <class T> using token_result = boost::system::result<T, token_problem>;

// The first of userId, user_id and sub that is present names the user. Reads shape only: whether the times fit is for
// check_times to say. Error: bad_claims, wrong_issuer, wrong_audience.
[[nodiscard]] token_result<claims> read_claims(const boost::json::object& object, const verify_options& options);

// Valid from nbf − leeway on, and while now < exp + leeway. Error: expired, not_yet_valid.
[[nodiscard]] token_result<void> check_times(const claims& read, const verify_options& options, timestamp now);

} // namespace wsd
