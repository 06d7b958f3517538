#pragma once

#include "server/runtime/connection.hpp"
#include "server/runtime/shard.hpp"

namespace wsd {

// Acts on the deadlines of one connection that have come: HELLO, heartbeat, an unfinished message, the token's end, a
// close that is not answered. Called by the shard's wheel.
void check_deadlines(shard& home, connection& c);

// Every connection is told and closed as soon as it has nothing in progress.
void begin_shutdown_of(shard& home, steady_time deadline);
// The time for that is over.
void abort_all(shard& home);

} // namespace wsd
