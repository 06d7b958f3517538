#pragma once

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"

#include <cstdint>
#include <optional>

// What the rate limits decide. Plain values.
namespace wsd {

// Every frame is charged to exactly one.
enum class rate_bucket : std::uint8_t { main, control, room_administration };
enum class rate_limit_mode : std::uint8_t { delay, reject };

enum class rate_verdict : std::uint8_t {
    handle,
    refuse, // RATE_LIMIT_EXCEEDED, retryable, with retry_after; not executed
    delay,  // the frame waits: rate_limit_store::take_due() says when it is its turn. The connection is not read
            // meanwhile
    close,  // as refuse, then close 4008; not executed
};

struct rate_warning {
    std::uint32_t remaining = 0;
    milliseconds retry_after{0}; // ≥ 1: until used is below the threshold again, if left alone
};

struct rate_decision {
    rate_verdict verdict = rate_verdict::handle;
    // refuse, close: until a token is there; delay: until the frame will be handled. ≥ 1 then, rounded up.
    milliseconds retry_after{0};
    bool notify_throttled = false;         // delay: the first frame of an episode, tell the connection
    std::uint32_t violation = 0;           // the number of the violation that this frame is; 0 = none
    std::optional<rate_warning> warning{}; // handle: to be sent before the frame's reply
};

// What became of a frame that waited.
struct rate_event {
    connection_id connection;
    rate_verdict verdict = rate_verdict::handle; // handle or close
    milliseconds retry_after{0};                 // close
    std::uint32_t violation = 0;                 // close: the violation that did it
};

} // namespace wsd
