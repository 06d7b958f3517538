#pragma once

#include "common/state/presence_records.hpp"
#include "server/runtime/shard.hpp"

namespace wsd {

// Tells the live connections of the batch's receivers what changed in this tick.
void deliver_presence(shard& home, const presence_batch& batch);

// The connection is sent the snapshot; what it shows is not told again.
void show_presence(shard& home, connection& c, const presence_snapshot& snapshot);
// Presence was left out while the connection did not take its output: asks for a snapshot to make up for it. False:
// there is no room for the question now.
[[nodiscard]] bool refresh_presence(shard& home, connection& c);

} // namespace wsd
