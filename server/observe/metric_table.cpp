#include "server/observe/metric_table.hpp"

#include <algorithm>
#include <string>

namespace wsd {
namespace {

using text = std::string_view;

constexpr std::array<text, 4> frame_labels{R"(class="event")", R"(class="state")", R"(class="reply")",
                                           R"(class="ephemeral")"};
constexpr std::array<text, 2> dropped_labels{R"(class="state")", R"(class="ephemeral")"};
constexpr std::array<text, 3> bucket_labels{R"(bucket="main")", R"(bucket="control")",
                                            R"(bucket="room_administration")"};
constexpr std::array<text, 3> queue_labels{R"(queue="mailbox")", R"(queue="store")", R"(queue="reader")"};
constexpr std::array<text, 2> presence_labels{R"(status="online")", R"(status="offline")"};

constexpr text other = "other";

constexpr std::array<text, refusal_count> refusal_labels{
    R"(code="HEADERS_TOO_LARGE")",
    R"(code="BAD_REQUEST")",
    R"(code="NOT_FOUND")",
    R"(code="METHOD_NOT_ALLOWED")",
    R"(code="UPGRADE_REQUIRED")",
    R"(code="SHUTTING_DOWN")",
    R"(code="CONNECTION_LIMIT")",
    R"(code="CONNECTION_LIMIT_IP")",
    R"(code="CONNECTION_LIMIT_USER")",
    R"(code="CONNECTION_RATE")",
    R"(code="ORIGIN_FORBIDDEN")",
    R"(code="BAD_COOKIE")",
    R"(code="NO_TOKEN")",
    R"(code="INVALID_TOKEN")",
    R"(code="SESSION_REVOKED")",
    R"(code="ACCOUNT_SUSPENDED")",
    R"(code="INTERNAL_ERROR")",
    R"(code="TIMEOUT")",
    R"(code="other")",
};

// 1006 is the code that RFC 6455 §7.4.1 reserves for an end without a close frame.
constexpr std::array<text, close_count> close_labels{
    R"(code="1001",reason="SERVER_SHUTDOWN")",
    R"(code="1002",reason="PROTOCOL_ERROR")",
    R"(code="1007",reason="INVALID_UTF8")",
    R"(code="1008",reason="HELLO_REQUIRED")",
    R"(code="1008",reason="HELLO_TIMEOUT")",
    R"(code="1008",reason="UNSUPPORTED_PROTOCOL_VERSION")",
    R"(code="1008",reason="MALFORMED")",
    R"(code="1008",reason="CONTROL_FLOOD")",
    R"(code="1008",reason="FRAGMENT_LIMIT")",
    R"(code="1008",reason="MESSAGE_TIMEOUT")",
    R"(code="1009",reason="PAYLOAD_TOO_LARGE")",
    R"(code="1011",reason="INTERNAL_ERROR")",
    R"(code="1013",reason="slow consumer")",
    R"(code="1013",reason="OVERLOAD")",
    R"(code="4001",reason="SESSION_REVOKED")",
    R"(code="4001",reason="TOKEN_USER_MISMATCH")",
    R"(code="4002",reason="TOKEN_EXPIRED")",
    R"(code="4003",reason="ACCOUNT_SUSPENDED")",
    R"(code="4008",reason="RATE_LIMIT")",
    R"(code="4009",reason="REPLACED")",
    R"(code="1006",reason="HEARTBEAT")",
    R"(code="1006",reason="WRITE_STALLED")",
    R"(code="1006",reason="SUSPECT_REPLACED")",
    R"(code="1006",reason="DRAIN_TIMEOUT")",
    R"(code="1006",reason="FLUSH_TIMEOUT")",
    R"(code="1006",reason="CLOSE_TIMEOUT")",
    R"(code="1000",reason="peer")",
    R"(code="1001",reason="peer")",
    R"(code="1005",reason="peer")",
    R"(code="1006",reason="peer")",
    R"(code="other",reason="peer")",
    R"(code="other",reason="other")",
};

// The value of the last label in `code="1008",reason="MALFORMED"`.
constexpr text last_value(text labels) noexcept {
    labels.remove_suffix(1);
    return labels.substr(labels.rfind('"') + 1);
}
constexpr text first_value(text labels) noexcept {
    labels.remove_prefix(labels.find('"') + 1);
    return labels.substr(0, labels.find('"'));
}

// Index of the series whose last label is `value` (and whose first is `first`, when that is given), or of the last one
// with `other` in its place.
template <std::size_t N> std::size_t find(const std::array<text, N>& series, text value, text first = {}) noexcept {
    for (const text wanted : {first.empty() ? value : first, other}) {
        for (std::size_t i = 0; i < N; ++i) {
            const bool matches = first.empty() ? last_value(series[i]) == wanted
                                               : first_value(series[i]) == wanted && last_value(series[i]) == value;
            if (matches) return i;
        }
    }
    return N - 1;
}

using enum metric_type;

// In the order of the enumeration.
constexpr std::array<metric_family, metric_count> families{{
    {gauge, "wsd_connections_open", "WebSocket connections that are open.", {}, {}},
    {counter, "wsd_connections_accepted_total", "Upgrades answered with 101.", {}, {}},
    {counter,
     "wsd_connections_closed_total",
     "Connections that ended. Reason peer: ended by the peer; code 1006: without a close frame.",
     close_labels,
     {}},
    {counter, "wsd_upgrades_refused_total", "Upgrades refused, by the code in the answer.", refusal_labels, {}},
    {gauge, "wsd_users_attached", "Users with at least one open connection.", {}, {}},
    {counter, "wsd_frames_received_total", "Messages received from clients, by type.", {}, {}},
    {counter, "wsd_frames_sent_total", "Frames queued for clients, by class.", frame_labels, {}},
    {counter,
     "wsd_frames_dropped_total",
     "Frames dropped or merged because a client reads too slowly, by class.",
     dropped_labels,
     {}},
    {counter, "wsd_received_bytes_total", "Bytes read from client sockets.", {}, {}},
    {counter, "wsd_sent_bytes_total", "Bytes written to client sockets.", {}, {}},
    {counter, "wsd_malformed_messages_total", "Messages refused because they are binary, no JSON or no frame.", {}, {}},
    {counter,
     "wsd_rate_limited_frames_total",
     "Frames over a rate limit, refused or delayed, by bucket.",
     bucket_labels,
     {}},
    {counter, "wsd_typing_dropped_total", "Typing frames dropped because of their rate.", {}, {}},
    {counter, "wsd_backpressure_overflows_total", "Overflows of what is pending for one connection.", {}, {}},
    {counter, "wsd_busy_refusals_total", "Requests refused because a queue was full, by queue.", queue_labels, {}},
    {counter,
     "wsd_persistence_errors_total",
     "Requests that failed because the log could not be written or read.",
     {},
     {}},
    {histogram,
     "wsd_ack_latency_seconds",
     "From reading a send to queueing its acknowledgement.",
     {},
     latency_bounds_ns},
    {histogram,
     "wsd_delivery_latency_seconds",
     "From the commit of a message to handing it to a recipient's socket.",
     {},
     latency_bounds_ns},
    {counter, "wsd_delivery_ack_timeouts_total", "Deliveries that were not confirmed in time.", {}, {}},
    {counter, "wsd_presence_transitions_total", "Users that went online or offline.", presence_labels, {}},
    {gauge, "wsd_tail_bytes", "Bytes of log entries kept in memory for delivery.", {}, {}},
}};

constexpr bool in_order() {
    constexpr auto row = [](metric id) { return families[static_cast<std::size_t>(id)]; };
    return row(metric::connections_open).name == "wsd_connections_open" &&
           row(metric::frames_received).name == "wsd_frames_received_total" &&
           row(metric::ack_latency).type == histogram && row(metric::delivery_latency).type == histogram &&
           row(metric::tail_bytes).name == "wsd_tail_bytes";
}
static_assert(in_order());

template <std::size_t... I> constexpr bool shapes_agree(std::index_sequence<I...>) {
    const auto agrees = [](const metric_family& family, metric_type type, std::size_t cells, bool free_labels) {
        if (family.type != type) return false;
        if (type == histogram) return cells == family.bounds_ns.size() + 2;
        return free_labels || cells == (family.labels.empty() ? 1 : family.labels.size());
    };
    return (agrees(families[I], shape_of<static_cast<metric>(I)>::type, shape_of<static_cast<metric>(I)>::cells,
                   static_cast<metric>(I) == metric::frames_received) &&
            ...);
}
static_assert(shapes_agree(std::make_index_sequence<metric_count>{}));

} // namespace

label::refusal find_refusal(std::string_view code) noexcept {
    return static_cast<label::refusal>(find(refusal_labels, code));
}

label::close find_close(std::string_view reason) noexcept {
    return static_cast<label::close>(find(close_labels, reason == "peer" ? other : reason));
}

label::close find_peer_close(std::uint16_t code) noexcept {
    switch (code) {
    case 1000:
        return static_cast<label::close>(find(close_labels, "peer", "1000"));
    case 1001:
        return static_cast<label::close>(find(close_labels, "peer", "1001"));
    case 1005:
        return static_cast<label::close>(find(close_labels, "peer", "1005"));
    case 1006:
        return static_cast<label::close>(find(close_labels, "peer", "1006"));
    default:
        return static_cast<label::close>(find(close_labels, "peer", other));
    }
}

const metric_family& family_of(metric id) noexcept { return families[static_cast<std::size_t>(id)]; }

} // namespace wsd
