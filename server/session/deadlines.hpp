#pragma once

#include "server/runtime/connection.hpp"
#include "server/runtime/shard.hpp"
#include "server/runtime/shard_message.hpp"

namespace wsd {

// Acts on the deadlines of one connection that have come: HELLO, heartbeat, an unfinished message, the token's end, a
// close that is not answered. Called by the shard's wheel.
void check_deadlines(shard& home, connection& c);

// Called at every tick: tokens end by the wall clock, and when that one is set the wheel knows nothing of it.
// `wall_lead` is how far it was before the monotonic one, and is brought up to date.
void notice_clock_step(shard& home, milliseconds& wall_lead);

// Every connection is told and closed as soon as it has nothing in progress.
void begin_shutdown_of(shard& home, const begin_shutdown& order);
// The time for that is over.
void abort_all(shard& home);

} // namespace wsd
