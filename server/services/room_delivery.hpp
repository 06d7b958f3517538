#pragma once

#include "common/state/store_records.hpp"
#include "server/runtime/shard.hpp"

namespace wsd {

// A room's members or what is shown of it changed: the users named, whose shard this is, are told.
void announce_room(shard& home, room_update&& update);
// What was merged with later news and is due now: of members, and of receipts.
void announce_merged_rooms(shard& home);
// A member whose shard this is got or read what was said in a room.
void take_position(shard& home, const room_position& position);
// Receipts reached messages of an author whose shard this is.
void announce_receipts(shard& home, room_delivery&& delivery);

} // namespace wsd
