#pragma once

#include "common/state/presence_records.hpp"
#include "server/runtime/shard.hpp"

namespace wsd {

// Tells the live connections of the batch's receivers what changed in this tick.
void deliver_presence(shard& home, const presence_batch& batch);

} // namespace wsd
