#pragma once

#include "common/base/task.hpp"
#include "common/protocol/frame_table.hpp"
#include "server/dispatch/request_context.hpp"
#include "server/runtime/shard.hpp"

#include <cstdint>
#include <optional>

namespace wsd {

enum class rate_outcome : std::uint8_t {
    handle,
    waits,   // wait_for_token() before the handler
    refused, // answered, and the connection closed if that was the violation too many
};

// Charges a frame to its user's bucket and says what that means; nullopt: an unknown type.
[[nodiscard]] rate_outcome charge_frame(request_context& ctx, std::optional<client_type> type);

// Until it is the frame's turn. False: the wait was the violation too many, or the connection has ended; the frame has
// been answered and is not to be handled.
[[nodiscard]] task<bool> wait_for_token(request_context& ctx);

// Frames whose turn it is go on. Called by the shard's tick.
void serve_waiting(shard& home);

} // namespace wsd
