#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// Everything that wsd says about an error: in frames, in HTTP answers, and in close frames. Complete: no other text is
// sent. The order of the enumerators is the order of the tables in codes.cpp.
namespace wsd {

// `code` of an error frame.
enum class error_code : std::uint8_t {
    account_suspended,
    client_id_conflict,
    create_failed,
    cursor_ahead,
    forbidden,
    hello_already_sent,
    hello_required,
    internal_error,
    invalid_ack_type,
    invalid_json,
    invalid_last_message_id,
    invalid_payload,
    invalid_token,
    invalid_transition,
    join_failed,
    message_not_found,
    not_authorized,
    not_found,
    persistence_error,
    rate_limit_exceeded,
    resync_in_progress,
    server_busy,
    session_revoked,
    token_user_mismatch,
    too_many_invalid_frames,
    unknown_type,
    unsupported_format,
    unsupported_protocol_version,
    validation_error,
};
inline constexpr std::size_t error_code_count = static_cast<std::size_t>(error_code::validation_error) + 1;

struct error_code_info {
    std::string_view text;    // stable, goes over the wire
    std::string_view message; // for people; may change
    bool retryable;           // the identical frame may succeed later
};
[[nodiscard]] const error_code_info& describe(error_code code) noexcept;
[[nodiscard]] std::optional<error_code> find_error_code(std::string_view text) noexcept;

// `code` of an HTTP answer.
enum class http_code : std::uint8_t {
    account_suspended,
    admin_token_required,
    bad_cookie,
    bad_request,
    connection_limit,
    connection_limit_ip,
    connection_limit_user,
    connection_rate,
    forbidden,
    headers_too_large,
    internal_error,
    invalid_token,
    method_not_allowed,
    no_token,
    not_found,
    origin_forbidden,
    session_revoked,
    shutting_down,
    unauthorized,
    upgrade_required,
};
inline constexpr std::size_t http_code_count = static_cast<std::size_t>(http_code::upgrade_required) + 1;

struct http_code_info {
    std::string_view text;
    unsigned status;
    std::string_view message;
};
[[nodiscard]] const http_code_info& describe(http_code code) noexcept;

// Why wsd closes a connection: the code and the exact reason of its close frame (≤ 123 bytes, RFC 6455 §5.5).
enum class close_cause : std::uint8_t {
    server_shutdown,
    protocol_error,
    invalid_utf8,
    hello_required,
    hello_timeout,
    unsupported_protocol_version,
    malformed,
    control_flood,
    fragment_limit,
    message_timeout,
    payload_too_large,
    internal_error,
    slow_consumer,
    overload,
    session_revoked,
    token_user_mismatch,
    token_expired,
    account_suspended,
    rate_limit,
    replaced,
};
inline constexpr std::size_t close_cause_count = static_cast<std::size_t>(close_cause::replaced) + 1;

enum class reconnect_advice : std::uint8_t {
    after_hint,        // after `reconnectAfterMs` of SERVER_SHUTDOWN
    with_backoff,      // exponential delay with jitter from 1 s
    with_long_backoff, // the same from 5 s
    with_fresh_token,  // at once, with a new token
    slower,            // after the rate limit has recovered
    unchanged_never,   // the client has a fault that a reconnect does not cure
    never,
};
struct close_cause_info {
    std::uint16_t code;
    std::string_view reason;
    reconnect_advice advice;
};
[[nodiscard]] const close_cause_info& describe(close_cause cause) noexcept;

} // namespace wsd
