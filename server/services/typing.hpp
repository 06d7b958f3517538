#pragma once

#include "common/state/typing_records.hpp"
#include "server/runtime/connection.hpp"
#include "server/runtime/shard.hpp"

namespace wsd {

// Relays typing to the target's live connections, wherever they are. Dropped, and counted, above the limit of frames
// per target and when the target's shard is too busy; dropped silently to oneself.
void relay_typing(shard& home, typing_notice&& notice);
// The same in a room, to the live connections of its other members. Of somebody who is no member it reaches nobody.
void relay_typing(shard& home, room_typing&& notice);
// The target lives here, or the users named do: their connections are told.
void announce_typing(shard& home, const typing_notice& notice);
void announce_typing(shard& home, const room_typing& notice);

} // namespace wsd
