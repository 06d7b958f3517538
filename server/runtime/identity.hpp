#pragma once

#include "common/auth/claims.hpp"
#include "common/base/clock.hpp"
#include "common/base/ids.hpp"

#include <optional>

namespace wsd {

// Who is at the other end, as the token said.
struct identity {
    user_id user;
    session_id session;
    bool admin = false;
    std::optional<timestamp> expires_at_ms; // without leeway; empty: never
    std::optional<timestamp> issued_at_ms = {};

    friend bool operator==(const identity&, const identity&) = default;
};

[[nodiscard]] identity identity_of(const claims& said);

} // namespace wsd
