#pragma once

#include <cstdint>

namespace wsd {

// What may happen to a server frame on its way to a connection.
enum class frame_class : std::uint8_t {
    event,     // an entry of the user's log: contiguous seq, never dropped, replayable
    state,     // the latest value counts: may be merged
    reply,     // answers a request of this connection, in request order, never dropped
    ephemeral, // dropped first
};

} // namespace wsd
