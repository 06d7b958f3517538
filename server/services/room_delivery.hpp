#pragma once

#include "common/state/store_records.hpp"
#include "server/runtime/shard.hpp"

namespace wsd {

// A room's members or what is shown of it changed: the users named, whose shard this is, are told.
void announce_room(shard& home, room_update&& update);
// What was merged with later news and is due now.
void announce_merged_rooms(shard& home);

} // namespace wsd
