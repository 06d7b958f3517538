#pragma once

#include "server/runtime/connection.hpp"
#include "server/runtime/shard.hpp"

namespace wsd {

// How long before a token's end its connection is told.
inline constexpr milliseconds expiry_notice{60'000};

// Tells a live connection, once per token, when less than that is left; else does nothing but see to it that its
// deadlines are looked at in time.
void announce_expiry(shard& home, connection& c);
// The token's end and the leeway are over, by the wall clock.
[[nodiscard]] bool is_expired(const shard& home, const connection& c);

} // namespace wsd
