#pragma once

#include "common/protocol/codes.hpp"
#include "common/protocol/field_table.hpp"
#include "common/protocol/frame_class.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

// Error frames, and the parts that all replies and all error frames have in common. Views of all server frames: into
// the caller's data while it encodes, into the JSON value when decoded.
namespace wsd {

using correlation_text = field::text<0, 128>;

// What replies give back of the frame that they answer; see read_envelope.
struct reply_echo {
    std::optional<std::string_view> correlation_id{};    // all replies
    std::optional<std::string_view> client_message_id{}; // the rest error frames only
    std::optional<std::string_view> message_id{};
    std::optional<std::string_view> room_id{};
};

// The fields that every error frame has.
struct error_fields {
    error_code code = error_code::internal_error;
    std::string_view message{}; // for people; also sent as `error`
    bool retryable = false;
    std::optional<std::int64_t> retry_after_ms{}; // ≥ 1
    std::optional<std::int64_t> reset_at{};       // timestamp
    std::optional<std::string_view> client_message_id{};
    std::optional<std::string_view> message_id{};
    std::optional<std::string_view> room_id{};

    using echoed = field::text<0, 128>;
    using fields =
        field::table<field::required<"code", &error_fields::code, field::code>,
                     field::required<"message", &error_fields::message, field::text<>>,
                     field::again<"message", field::required<"error", &error_fields::message, field::text<>>>,
                     field::required<"retryable", &error_fields::retryable, field::boolean>,
                     field::optional<"retryAfterMs", &error_fields::retry_after_ms, field::integer<1>>,
                     field::optional<"resetAt", &error_fields::reset_at, field::timestamp_ms>,
                     field::optional<"clientMessageId", &error_fields::client_message_id, echoed>,
                     field::optional<"messageId", &error_fields::message_id, echoed>,
                     field::optional<"roomId", &error_fields::room_id, echoed>>;
};

// The code's own text and retryability, and the ids of the offending frame.
[[nodiscard]] inline error_fields make_error(error_code code, const reply_echo& echo = {}) noexcept {
    const auto& info = describe(code);
    return {.code = code,
            .message = info.message,
            .retryable = info.retryable,
            .client_message_id = echo.client_message_id,
            .message_id = echo.message_id,
            .room_id = echo.room_id};
}

namespace from_server {

struct error {
    static constexpr std::string_view type = "ERROR";
    static constexpr auto delivery = frame_class::reply; // with `throttled`: state

    std::optional<std::string_view> correlation_id{};
    error_fields error_part{};
    std::optional<std::string_view> received_type{}; // UNKNOWN_TYPE, at most 64 code points
    bool names_supported_versions = false;           // UNSUPPORTED_PROTOCOL_VERSION
    bool remaining_zero = false;                     // RATE_LIMIT_EXCEEDED
    bool throttled = false;                          // RATE_LIMIT_EXCEEDED: the frame is delayed, not refused
    bool added_zero = false;                         // JOIN_FAILED: nobody was added

    using fields =
        field::table<field::optional<"correlationId", &error::correlation_id, correlation_text>,
                     field::part<&error::error_part>,
                     field::optional<"receivedType", &error::received_type, field::text<0, 64>>,
                     field::when<"supportedVersions", &error::names_supported_versions, "[1]">,
                     field::when<"remaining", &error::remaining_zero, "0">, field::when<"throttled", &error::throttled>,
                     field::when<"added", &error::added_zero, "0">>;
};

struct message_error {
    static constexpr std::string_view type = "MESSAGE_ERROR";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    error_fields error_part{};
    std::string_view details{};                        // INVALID_PAYLOAD: what is wrong with which field; empty: none
    std::string_view current_state{};                  // INVALID_TRANSITION; empty: none
    std::optional<std::string_view> last_message_id{}; // INVALID_LAST_MESSAGE_ID

    using fields = field::table<field::optional<"correlationId", &message_error::correlation_id, correlation_text>,
                                field::part<&message_error::error_part>,
                                field::optional<"details", &message_error::details, field::text<>>,
                                field::optional<"currentState", &message_error::current_state, field::text<>>,
                                field::optional<"lastMessageId", &message_error::last_message_id, field::text<>>>;
};

// Answers MESSAGE_SEND.
struct message_nack {
    static constexpr std::string_view type = "MESSAGE_NACK";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    error_fields error_part{};
    std::int64_t server_ts = 0;

    using fields = field::table<
        field::optional<"correlationId", &message_nack::correlation_id, correlation_text>,
        field::part<&message_nack::error_part>,
        field::again_in<"clientMessageId", &message_nack::error_part,
                        field::optional<"clientMsgId", &error_fields::client_message_id, error_fields::echoed>>,
        field::required<"serverTs", &message_nack::server_ts, field::timestamp_ms>>;
};

// Answers CLIENT_ACK.
struct ack_error {
    static constexpr std::string_view type = "ACK_ERROR";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    error_fields error_part{};
    std::string_view current_state{}; // INVALID_TRANSITION; empty: none

    using fields = field::table<field::optional<"correlationId", &ack_error::correlation_id, correlation_text>,
                                field::part<&ack_error::error_part>,
                                field::optional<"currentState", &ack_error::current_state, field::text<>>>;
};

} // namespace from_server
} // namespace wsd
