#pragma once

#include "common/base/task.hpp"
#include "common/protocol/frame_table.hpp"
#include "common/protocol/server_errors.hpp"
#include "server/observe/correlation.hpp"
#include "server/runtime/connection.hpp"
#include "server/runtime/shard.hpp"
#include "server/services/outbound.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wsd {

// One client frame while it is handled: who sent it, what its replies give back, and the ways to answer. Lives in the
// frame of the read loop until the handler has returned.
struct request_context {
    shard& home;
    connection& caller;
    correlation_id correlation; // on every log line that the frame causes
    steady_time received;
    bool arrived_early = false;              // before the reply to the connection's previous frame was queued
    error_frame errors = error_frame::error; // in which this type's failures are told
    std::string_view type{};                 // static storage; empty: unknown

    // Of the frame, each when it was a string of at most 128 code points.
    std::optional<std::string> client_correlation{};
    std::optional<std::string> client_message_id{};
    std::optional<std::string> message_id{};
    std::optional<std::string> room_id{};

    [[nodiscard]] const user_id& user() const noexcept { return caller.who.user; }
    [[nodiscard]] reply_echo echo() const {
        return {.correlation_id = client_correlation,
                .client_message_id = client_message_id,
                .message_id = message_id,
                .room_id = room_id};
    }

    [[nodiscard]] echoed_ids echoed() const {
        return {.client_message_id = client_message_id, .message_id = message_id, .room_id = room_id};
    }

    // The reply gets the frame's correlationId. Queued in request order.
    template <class Frame> void reply(Frame frame) {
        frame.correlation_id = client_correlation;
        send_reply(home, caller, frame);
    }
    // The failure of this type: `code` in the frame that the type uses.
    // `current_state`: where the message stands, of INVALID_TRANSITION.
    void refuse(error_code code, std::string_view message = {}, std::string_view current_state = {});
    // A wrong shape has one frame whatever the type.
    void refuse_payload(std::string_view details);
    // A line that leads from the frame to what it has stored.
    void log_stored(const message_record& message, std::uint64_t seq) const;
    // An exception: logged, and answered INTERNAL_ERROR.
    void fail(std::string_view what);
    // errc of a store or a queue.
    void refuse(errc failure);
};

} // namespace wsd
