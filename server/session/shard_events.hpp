#pragma once

#include "common/state/presence_records.hpp"
#include "common/state/store_records.hpp"
#include "server/runtime/shard.hpp"

namespace wsd {

// What a shard does with answers that come from other threads; stale ones are dropped.
void read_answered(shard& home, read_reply&& reply);
void presence_answered(shard& home, presence_snapshot&& snapshot);

// Acts on everything that has become due. To be called every few milliseconds: deadlines are as late as that.
void tick(shard& home);

} // namespace wsd
