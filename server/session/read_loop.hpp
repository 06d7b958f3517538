#pragma once

#include "common/base/task.hpp"
#include "common/protocol/codes.hpp"
#include "server/runtime/connection.hpp"
#include "server/runtime/shard.hpp"

#include <optional>

namespace wsd {

// How a connection is closed whose input ended in this way; none: it has ended, or the peer has closed it.
[[nodiscard]] std::optional<close_cause> cause_of(inbound_kind kind);

// Reads messages one after the other until the connection has ended: the next one only when the reply to the one before
// is queued, and while fewer replies than the threshold are unsent.
[[nodiscard]] task<> read_loop(shard& home, connection& c);

// Behind a close frame that was queued: until the peer has taken it and ended the connection, or its time is over.
[[nodiscard]] task<> hang_up(connection& c);

} // namespace wsd
