#pragma once

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"

#include <cstdint>
#include <limits>
#include <variant>

// What the administration says about who may not connect. Plain values.
namespace wsd {

// Ends when its time is over; not before, whatever is revoked later.
struct revocation {
    static constexpr timestamp never = std::numeric_limits<timestamp>::max();

    user_id user;
    session_id session;              // empty: every token of the user that was issued early enough
    timestamp issued_before = never; // `iat` up to here, and tokens without one; of a session every token counts
    timestamp expires_at = never;

    // Whatever the other one excludes is excluded by this one, as long as the other one says.
    [[nodiscard]] bool covers(const revocation& other) const {
        return user == other.user && session == other.session && issued_before >= other.issued_before &&
               expires_at >= other.expires_at;
    }
};

struct suspension {
    user_id user;
    bool lifted = false;
};

using exclusion = std::variant<revocation, suspension>;

[[nodiscard]] inline const user_id& user_of(const exclusion& what) {
    return std::visit([](const auto& each) -> const user_id& { return each.user; }, what);
}

// It is stored, and takes effect with this.
struct excluded {
    exclusion what;
};

// What became of an exclusion that the administration asked for.
struct exclusion_answer {
    std::uint64_t request = 0; // the asker's own
    bool stored = false;       // false: the log can't be written
    std::uint64_t closed = 0;  // connections that it ended
};

} // namespace wsd
