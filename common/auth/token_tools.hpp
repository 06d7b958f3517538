#pragma once

#include "common/auth/jwt.hpp"

#include <optional>
#include <string>

// Making tokens and looking into them, for the command line and the load generator. A server uses neither.
namespace wsd {

struct mint_request {
    user_id user;
    session_id session{}; // empty: no `sid`, the default session
    wsd::role role = role::user;
    std::optional<std::int64_t> expires_at_s{}; // seconds since the Unix epoch, as the claims have them
    std::optional<std::int64_t> not_before_s{};
    std::optional<std::int64_t> issued_at_s{};
    std::string issuer{};   // empty: no `iss`
    std::string audience{}; // empty: no `aud`
};

// An HS256 token. nullopt: the set is not that of a secret. Whether the request makes a token that wsd accepts is not
// looked at, so that refused ones can be made too; its strings must be UTF-8.
[[nodiscard]] std::optional<std::string> mint(const key_set& keys, const mint_request& request);

// The JSON texts of the header and the claims, each in one line; empty where it is not readable. Nothing is verified:
// this is for the eyes of an operator, beside the verdict of verify(), and never the input of a decision.
struct inspection {
    std::string header;
    std::string claims;
};
[[nodiscard]] inspection inspect(std::string_view token);

// One sentence for people.
[[nodiscard]] std::string_view explain(token_problem problem) noexcept;

} // namespace wsd
