#pragma once

#include "common/base/task.hpp"
#include "server/runtime/connection.hpp"
#include "server/runtime/shard.hpp"

#include <memory>

namespace wsd {

// Serves one WebSocket from the 101 to the end of its TCP connection; its frame owns the connection. `hold` is kept for
// as long (the connection's place among the limits). Runs on the user's home shard.
[[nodiscard]] task<> run_session(shard& home, std::unique_ptr<peer> socket, identity who, std::shared_ptr<void> hold);

} // namespace wsd
