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
    refused, // answer_over_rate() instead of the handler
};

struct rate_charge {
    rate_outcome outcome = rate_outcome::handle;
    bool closes = false;                 // refused: the violation too many
    milliseconds wait{};                 // refused: until the frame might be taken
    std::optional<rate_warning> warning; // before the reply to this frame
};

// Charges a frame to its user's bucket and says what that means; nullopt: an unknown type.
[[nodiscard]] rate_charge charge_frame(request_context& ctx, std::optional<client_type> type);

// The reply to a refused frame, and the close when it was the violation too many.
[[nodiscard]] task<> answer_over_rate(request_context& ctx, rate_charge charge);

void warn(request_context& ctx, const rate_warning& warning);

// Until it is the frame's turn. False: the wait was the violation too many, or the connection has ended; the frame has
// been answered and is not to be handled.
[[nodiscard]] task<bool> wait_for_token(request_context& ctx);

// Frames whose turn it is go on. To be called when the next is due.
void serve_waiting(shard& home);

} // namespace wsd
