#pragma once

#include "common/base/task.hpp"
#include "server/runtime/connection.hpp"
#include "server/runtime/shard.hpp"

namespace wsd {

// Reads messages one after the other until the connection has ended: the next one only when the reply to the one before
// is queued, and while fewer replies than the threshold are unsent.
[[nodiscard]] task<> read_loop(shard& home, connection& c);

} // namespace wsd
