#pragma once

#include "common/protocol/server_errors.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

// Server frames about the connection itself.
namespace wsd::from_server {

struct connection_established {
    static constexpr std::string_view type = "CONNECTION_ESTABLISHED";
    static constexpr auto delivery = frame_class::state;

    std::string_view user_id{};
    std::string_view connection_id{};
    std::string_view session_id{};
    bool is_reconnect = false;
    std::uint64_t connection_count = 0; // open connections of the user, this one included
    std::string_view protocol_version{};
    std::int64_t timestamp = 0;

    using fields =
        field::table<field::required<"userId", &connection_established::user_id, field::id>,
                     field::required<"connectionId", &connection_established::connection_id, field::text<1, 64>>,
                     field::required<"sessionId", &connection_established::session_id, field::id>,
                     field::required<"isReconnect", &connection_established::is_reconnect, field::boolean>,
                     field::required<"connectionCount", &connection_established::connection_count, field::natural>,
                     field::required<"protocolVersion", &connection_established::protocol_version, field::text<>>,
                     field::required<"timestamp", &connection_established::timestamp, field::timestamp_ms>>;
};

struct hello_limits {
    std::uint64_t max_payload_bytes = 0;
    std::uint64_t max_content_length = 0; // code points
    std::uint64_t rate_messages = 0;
    std::uint64_t rate_window_ms = 0;

    using fields = field::table<field::required<"maxPayloadBytes", &hello_limits::max_payload_bytes, field::natural>,
                                field::required<"maxContentLength", &hello_limits::max_content_length, field::natural>,
                                field::required<"rateMessages", &hello_limits::rate_messages, field::natural>,
                                field::required<"rateWindowMs", &hello_limits::rate_window_ms, field::natural>>;
};

struct hello_ack {
    static constexpr std::string_view type = "HELLO_ACK";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    std::string_view protocol_version{};
    std::string_view connection_id{};
    std::string_view session_id{};
    std::string_view epoch{};
    std::uint64_t head = 0;
    std::uint64_t floor = 1;
    std::int64_t heartbeat_ms = 0;
    std::vector<std::string_view> caps{}; // the accepted ones
    hello_limits limits{};
    std::int64_t server_time = 0;

    using fields = field::table<field::optional<"correlationId", &hello_ack::correlation_id, correlation_text>,
                                field::constant<"version", "1">,
                                field::required<"protocolVersion", &hello_ack::protocol_version, field::text<>>,
                                field::required<"connectionId", &hello_ack::connection_id, field::text<1, 64>>,
                                field::required<"sessionId", &hello_ack::session_id, field::id>,
                                field::required<"epoch", &hello_ack::epoch, field::text<1, 64>>,
                                field::required<"head", &hello_ack::head, field::natural>,
                                field::required<"floor", &hello_ack::floor, field::natural>,
                                field::required<"heartbeatMs", &hello_ack::heartbeat_ms, field::natural>,
                                field::required<"caps", &hello_ack::caps, field::list<field::text<0, 32>>>,
                                field::required<"limits", &hello_ack::limits, field::object>,
                                field::required<"serverTime", &hello_ack::server_time, field::timestamp_ms>>;
};

struct pong {
    static constexpr std::string_view type = "PONG";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    std::int64_t timestamp = 0;

    using fields = field::table<field::optional<"correlationId", &pong::correlation_id, correlation_text>,
                                field::required<"timestamp", &pong::timestamp, field::timestamp_ms>>;
};

struct auth_expiring {
    static constexpr std::string_view type = "AUTH_EXPIRING";
    static constexpr auto delivery = frame_class::state;

    std::int64_t expires_at = 0;
    std::int64_t timestamp = 0;

    using fields = field::table<field::required<"expiresAt", &auth_expiring::expires_at, field::timestamp_ms>,
                                field::required<"timestamp", &auth_expiring::timestamp, field::timestamp_ms>>;
};

struct auth_refreshed {
    static constexpr std::string_view type = "AUTH_REFRESHED";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    std::optional<std::int64_t> expires_at{}; // empty: never
    std::string_view session_id{};
    std::int64_t timestamp = 0;

    using fields =
        field::table<field::optional<"correlationId", &auth_refreshed::correlation_id, correlation_text>,
                     field::required<"expiresAt", &auth_refreshed::expires_at, field::or_null<field::timestamp_ms>>,
                     field::required<"sessionId", &auth_refreshed::session_id, field::id>,
                     field::required<"timestamp", &auth_refreshed::timestamp, field::timestamp_ms>>;
};

struct rate_limit_warning {
    static constexpr std::string_view type = "RATE_LIMIT_WARNING";
    static constexpr auto delivery = frame_class::state;

    std::string_view warning{}; // for people
    std::uint64_t limit = 0;
    std::uint64_t remaining = 0;
    std::int64_t reset_at = 0;
    std::int64_t retry_after_ms = 0;

    using fields =
        field::table<field::required<"warning", &rate_limit_warning::warning, field::text<>>,
                     field::required<"limit", &rate_limit_warning::limit, field::natural>,
                     field::required<"remaining", &rate_limit_warning::remaining, field::natural>,
                     field::required<"resetAt", &rate_limit_warning::reset_at, field::timestamp_ms>,
                     field::required<"retryAfterMs", &rate_limit_warning::retry_after_ms, field::integer<1>>>;
};

// State frames were dropped: refresh what is shown.
struct state_stale {
    static constexpr std::string_view type = "STATE_STALE";
    static constexpr auto delivery = frame_class::state;

    std::int64_t timestamp = 0;

    using fields = field::table<field::required<"timestamp", &state_stale::timestamp, field::timestamp_ms>>;
};

struct server_shutdown {
    static constexpr std::string_view type = "SERVER_SHUTDOWN";
    static constexpr auto delivery = frame_class::state;

    std::string_view message{}; // for people
    std::int64_t grace_period_ms = 0;
    std::int64_t reconnect_after_ms = 0;
    std::int64_t timestamp = 0;

    using fields =
        field::table<field::required<"message", &server_shutdown::message, field::text<>>,
                     field::required<"gracePeriodMs", &server_shutdown::grace_period_ms, field::natural>,
                     field::required<"reconnectAfterMs", &server_shutdown::reconnect_after_ms, field::natural>,
                     field::required<"timestamp", &server_shutdown::timestamp, field::timestamp_ms>>;
};

} // namespace wsd::from_server
