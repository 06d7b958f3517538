#include "common/protocol/codes.hpp"

#include <algorithm>
#include <array>

namespace wsd {
namespace {

// A table has one row per enumerator, in order; each row names its enumerator so that a misplaced one does not compile.
template <class Code, class Info> struct row {
    Code code;
    Info info;
};

template <class Code, class Info, std::size_t N> consteval bool in_order(const std::array<row<Code, Info>, N>& table) {
    for (std::size_t i = 0; i < N; ++i)
        if (table[i].code != static_cast<Code>(i)) return false;
    return true;
}

using enum error_code;
constexpr std::array<row<error_code, error_code_info>, error_code_count> error_codes{{
    {account_suspended, {"ACCOUNT_SUSPENDED", "This account is suspended.", false}},
    {client_id_conflict,
     {"CLIENT_ID_CONFLICT", "This clientMessageId was used in this chat for another message.", false}},
    {create_failed, {"CREATE_FAILED", "The room was not created: a limit on rooms or members is reached.", false}},
    {cursor_ahead, {"CURSOR_AHEAD", "upTo is above the newest entry of your log.", false}},
    {forbidden, {"FORBIDDEN", "You do not have the right to do this.", false}},
    {hello_already_sent, {"HELLO_ALREADY_SENT", "HELLO was already answered on this connection.", false}},
    {hello_required, {"HELLO_REQUIRED", "HELLO must come first, and within the time allowed.", false}},
    {internal_error, {"INTERNAL_ERROR", "The server failed to handle this message.", true}},
    {invalid_ack_type, {"INVALID_ACK_TYPE", "ackType must be delivered or read.", false}},
    {invalid_json, {"INVALID_JSON", "The message is not one JSON text, or nested more than 32 levels deep.", false}},
    {invalid_last_message_id, {"INVALID_LAST_MESSAGE_ID", "No message with this id is in your log.", false}},
    {invalid_payload, {"INVALID_PAYLOAD", "The message does not have the required form.", false}},
    {invalid_token, {"INVALID_TOKEN", "The token is invalid or expired.", false}},
    {invalid_transition,
     {"INVALID_TRANSITION", "Confirm that the message was delivered before you mark it as read.", true}},
    {join_failed, {"JOIN_FAILED", "A limit on members or rooms is reached.", false}},
    {message_not_found, {"MESSAGE_NOT_FOUND", "There is no such message.", false}},
    {not_authorized, {"NOT_AUTHORIZED", "You wrote this message; only those it went to can confirm it.", false}},
    {not_found, {"NOT_FOUND", "There is no such room, chat or message.", false}},
    {persistence_error,
     {"PERSISTENCE_ERROR", "The message log is not available now; repeat a send with its clientMessageId.", true}},
    {rate_limit_exceeded, {"RATE_LIMIT_EXCEEDED", "You are sending too fast.", true}},
    {resync_in_progress,
     {"RESYNC_IN_PROGRESS", "The previous replay is not complete yet; ask again when it is.", true}},
    {server_busy, {"SERVER_BUSY", "The server is busy; nothing was done.", true}},
    {session_revoked, {"SESSION_REVOKED", "This session was revoked.", false}},
    {token_user_mismatch, {"TOKEN_USER_MISMATCH", "The token belongs to another user.", false}},
    {too_many_invalid_frames, {"TOO_MANY_INVALID_FRAMES", "Too many malformed messages.", false}},
    {unknown_type, {"UNKNOWN_TYPE", "There is no such message type.", false}},
    {unsupported_format, {"UNSUPPORTED_FORMAT", "Binary messages are not supported; send JSON as text.", false}},
    {unsupported_protocol_version,
     {"UNSUPPORTED_PROTOCOL_VERSION", "This protocol version is not supported; supportedVersions has those that are.",
      false}},
    {validation_error, {"VALIDATION_ERROR", "The request is well-formed but makes no sense.", false}},
}};
static_assert(in_order(error_codes));

constexpr std::array<row<http_code, http_code_info>, http_code_count> http_codes{{
    {http_code::account_suspended, {"ACCOUNT_SUSPENDED", 403, "This account is suspended."}},
    {http_code::admin_token_required, {"ADMIN_TOKEN_REQUIRED", 403, "No administration token is configured."}},
    {http_code::bad_cookie, {"BAD_COOKIE", 400, "The token cookie was sent more than once."}},
    {http_code::bad_request, {"BAD_REQUEST", 400, "The request is malformed."}},
    {http_code::connection_limit, {"CONNECTION_LIMIT", 503, "The server has no room for another connection."}},
    {http_code::connection_limit_ip, {"CONNECTION_LIMIT_IP", 503, "Too many connections from this address."}},
    {http_code::connection_limit_user, {"CONNECTION_LIMIT_USER", 503, "Too many connections of this user."}},
    {http_code::connection_rate, {"CONNECTION_RATE", 503, "Too many new connections at the moment."}},
    {http_code::forbidden, {"FORBIDDEN", 403, "Requests from browsers are not allowed here."}},
    {http_code::headers_too_large,
     {"HEADERS_TOO_LARGE", 431, "The header block has more than 8192 octets or 100 fields."}},
    {http_code::internal_error, {"INTERNAL_ERROR", 500, "The server failed to handle this request."}},
    {http_code::invalid_token, {"INVALID_TOKEN", 401, "The token is invalid or expired."}},
    {http_code::method_not_allowed, {"METHOD_NOT_ALLOWED", 405, "This method is not allowed here."}},
    {http_code::no_token,
     {"NO_TOKEN", 401,
      "A token is required: in the cookie, as Authorization: Bearer, or as subprotocol wsd.bearer.TOKEN."}},
    {http_code::not_found, {"NOT_FOUND", 404, "There is nothing at this path."}},
    {http_code::origin_forbidden,
     {"ORIGIN_FORBIDDEN", 403, "This origin is not allowed; WS_ALLOWED_ORIGINS names those that are."}},
    {http_code::session_revoked, {"SESSION_REVOKED", 401, "This session was revoked."}},
    {http_code::shutting_down, {"SHUTTING_DOWN", 503, "The server is shutting down."}},
    {http_code::unauthorized, {"UNAUTHORIZED", 401, "The administration token is missing or wrong."}},
    {http_code::upgrade_required, {"UPGRADE_REQUIRED", 426, "A WebSocket upgrade of version 13 is required."}},
}};
static_assert(in_order(http_codes));

using enum reconnect_advice;
constexpr std::array<row<close_cause, close_cause_info>, close_cause_count> close_causes{{
    {close_cause::server_shutdown, {1001, "SERVER_SHUTDOWN", after_hint}},
    {close_cause::protocol_error, {1002, "PROTOCOL_ERROR", with_backoff}},
    {close_cause::invalid_utf8, {1007, "INVALID_UTF8", with_backoff}},
    {close_cause::hello_required, {1008, "HELLO_REQUIRED", unchanged_never}},
    {close_cause::hello_timeout, {1008, "HELLO_TIMEOUT", unchanged_never}},
    {close_cause::unsupported_protocol_version, {1008, "UNSUPPORTED_PROTOCOL_VERSION", unchanged_never}},
    {close_cause::malformed, {1008, "MALFORMED", unchanged_never}},
    {close_cause::control_flood, {1008, "CONTROL_FLOOD", unchanged_never}},
    {close_cause::fragment_limit, {1008, "FRAGMENT_LIMIT", unchanged_never}},
    {close_cause::message_timeout, {1008, "MESSAGE_TIMEOUT", unchanged_never}},
    {close_cause::payload_too_large, {1009, "PAYLOAD_TOO_LARGE", with_backoff}},
    {close_cause::internal_error, {1011, "INTERNAL_ERROR", with_backoff}},
    {close_cause::slow_consumer, {1013, "slow consumer", with_backoff}},
    {close_cause::overload, {1013, "OVERLOAD", with_long_backoff}},
    {close_cause::session_revoked, {4001, "SESSION_REVOKED", never}},
    {close_cause::token_user_mismatch, {4001, "TOKEN_USER_MISMATCH", never}},
    {close_cause::token_expired, {4002, "TOKEN_EXPIRED", with_fresh_token}},
    {close_cause::account_suspended, {4003, "ACCOUNT_SUSPENDED", never}},
    {close_cause::rate_limit, {4008, "RATE_LIMIT", slower}},
    {close_cause::replaced, {4009, "REPLACED", never}},
}};
static_assert(in_order(close_causes));

} // namespace

const error_code_info& describe(error_code code) noexcept { return error_codes[static_cast<std::size_t>(code)].info; }

std::optional<error_code> find_error_code(std::string_view text) noexcept {
    const auto found = std::ranges::find(error_codes, text, [](const auto& entry) { return entry.info.text; });
    if (found == error_codes.end()) return std::nullopt;
    return found->code;
}

const http_code_info& describe(http_code code) noexcept { return http_codes[static_cast<std::size_t>(code)].info; }

const close_cause_info& describe(close_cause cause) noexcept {
    return close_causes[static_cast<std::size_t>(cause)].info;
}

} // namespace wsd
