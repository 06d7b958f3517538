#pragma once

#include "server/runtime/connection.hpp"
#include "server/runtime/shard.hpp"

namespace wsd {

// For each of: what was queued before a close frame, and the peer's answer to it.
inline constexpr milliseconds close_patience{5000};
// From the first octet of a message to its last, while wsd reads.
inline constexpr milliseconds message_patience{30000};

// Takes over into `alive` what the socket has received.
void hear(connection& c);

// Has the wheel look at the connection when the earliest of its deadlines has come. Called whenever a deadline may have
// moved forward.
void watch_again(shard& home, connection& c);

} // namespace wsd
