#include "server/observe/metric_table.hpp"

#include "server/observe/metric_text.hpp"

namespace wsd {
namespace {

using text = std::string_view;

constexpr text other = "other";

void append_frame_type(std::string& out, std::size_t series) {
    append_label(out, "type", series < client_type_count ? describe(static_cast<client_type>(series)).text : other);
}

void append_error(std::string& out, std::size_t series) {
    append_label(out, "code", describe(static_cast<error_code>(series)).text);
}

void append_class(std::string& out, std::size_t series) {
    constexpr std::array<text, 4> names{"event", "state", "reply", "ephemeral"};
    append_label(out, "class", names[series]);
}

void append_dropped(std::string& out, std::size_t series) {
    constexpr std::array<text, 2> names{"state", "ephemeral"};
    append_label(out, "class", names[series]);
}

void append_bucket(std::string& out, std::size_t series) {
    constexpr std::array<text, 3> names{"main", "control", "room_administration"};
    append_label(out, "bucket", names[series]);
}

void append_queue(std::string& out, std::size_t series) {
    constexpr std::array<text, 3> names{"mailbox", "store", "reader"};
    append_label(out, "queue", names[series]);
}

void append_presence(std::string& out, std::size_t series) {
    constexpr std::array<text, 2> names{"online", "offline"};
    append_label(out, "status", names[series]);
}

text refusal_name(std::size_t series) noexcept {
    if (series < http_code_count) return describe(static_cast<http_code>(series)).text;
    return series == http_code_count ? text("TIMEOUT") : other;
}

void append_refusal(std::string& out, std::size_t series) { append_label(out, "code", refusal_name(series)); }

// A close is a close_cause, an abort, an end by the peer, or something else, in this order. 1006 is the code that
// RFC 6455 §7.4.1 reserves for an end without a close frame.
constexpr std::array<text, abort_kind_count> abort_kinds{"HEARTBEAT",     "WRITE_STALLED", "SUSPECT_REPLACED",
                                                         "DRAIN_TIMEOUT", "FLUSH_TIMEOUT", "CLOSE_TIMEOUT"};
constexpr std::array<text, peer_close_count> peer_codes{"1000", "1001", "1005", "1006", other};
constexpr std::size_t first_abort = close_cause_count;
constexpr std::size_t first_peer_code = first_abort + abort_kind_count;
constexpr std::size_t unknown_close = first_peer_code + peer_close_count;

struct close_labels {
    std::string code;
    text reason;
};
close_labels close_at(std::size_t series) {
    if (series < first_abort) {
        const close_cause_info& cause = describe(static_cast<close_cause>(series));
        return {std::to_string(cause.code), cause.reason};
    }
    if (series < first_peer_code) return {"1006", abort_kinds[series - first_abort]};
    if (series < unknown_close) return {std::string(peer_codes[series - first_peer_code]), "peer"};
    return {std::string(other), other};
}

void append_close(std::string& out, std::size_t series) {
    const close_labels labels = close_at(series);
    append_label(out, "code", labels.code);
    append_label(out, "reason", labels.reason);
}

// A row of the table takes type and number of series from the shape, so that they can't disagree.
template <metric M>
consteval metric_family row(text name, text help, void (*append_labels)(std::string&, std::size_t) = nullptr) {
    using shape = shape_of<M>;
    if ((shape::cells > 1 && shape::type == metric_type::counter) != (append_labels != nullptr)) throw "labels";
    return {.id = M,
            .type = shape::type,
            .name = name,
            .help = help,
            .series = shape::cells,
            .append_labels = append_labels,
            .bounds_ns = shape::type == metric_type::histogram ? std::span<const std::uint64_t>(latency_bounds_ns)
                                                               : std::span<const std::uint64_t>()};
}

using enum metric;

constexpr std::array<metric_family, metric_count> families{{
    row<connections_open>("wsd_connections_open", "WebSocket connections that are open."),
    row<connections_accepted>("wsd_connections_accepted_total", "Upgrades answered with 101."),
    row<connections_closed>("wsd_connections_closed_total",
                            "Connections that ended. Reason peer: by the peer; code 1006: without a close frame.",
                            append_close),
    row<upgrades_refused>("wsd_upgrades_refused_total", "Upgrades refused, by the code in the answer.", append_refusal),
    row<users_attached>("wsd_users_attached", "Users with a connection that said HELLO."),
    row<frames_received>("wsd_frames_received_total", "Messages received from clients, by type.", append_frame_type),
    row<frames_sent>("wsd_frames_sent_total", "Frames queued for clients, by class.", append_class),
    row<errors_sent>("wsd_errors_sent_total", "Error frames queued for clients, by code.", append_error),
    row<frames_dropped>("wsd_frames_dropped_total",
                        "Frames dropped or merged because a client reads too slowly, by class.", append_dropped),
    row<received_bytes>("wsd_received_bytes_total", "Bytes of messages received from clients."),
    row<sent_bytes>("wsd_sent_bytes_total", "Bytes written to client sockets."),
    row<malformed_messages>("wsd_malformed_messages_total",
                            "Messages refused because they are binary, no JSON or no frame."),
    row<rate_limited_frames>("wsd_rate_limited_frames_total",
                             "Frames over a rate limit, refused or delayed, by bucket.", append_bucket),
    row<typing_dropped>("wsd_typing_dropped_total", "Typing frames dropped because of their rate."),
    row<backpressure_overflows>("wsd_backpressure_overflows_total", "Overflows of what is pending for one connection."),
    row<busy_refusals>("wsd_busy_refusals_total", "Requests refused because a queue was full, by queue.", append_queue),
    row<persistence_errors>("wsd_persistence_errors_total",
                            "Requests that failed because the log could not be written or read."),
    row<ack_latency>("wsd_ack_latency_seconds", "From reading a send to queueing its acknowledgement."),
    row<delivery_latency>("wsd_delivery_latency_seconds",
                          "From the commit of a message to handing it to a recipient's socket."),
    row<delivery_ack_timeouts>("wsd_delivery_ack_timeouts_total", "Deliveries that were not confirmed in time."),
    row<delivery_ack_unwatched>("wsd_delivery_ack_unwatched_total",
                                "Deliveries whose confirmation was not watched for want of room."),
    row<presence_transitions>("wsd_presence_transitions_total", "Users that went online or offline.", append_presence),
    row<tail_bytes>("wsd_tail_bytes", "Bytes of log entries kept in memory for delivery."),
}};

consteval bool in_order() {
    for (std::size_t i = 0; i < metric_count; ++i) {
        if (families[i].id != static_cast<metric>(i)) return false;
    }
    return true;
}
static_assert(in_order(), "rows stand in the order of the enumeration");

} // namespace

label::refusal find_refusal(std::string_view code) noexcept {
    std::size_t series = 0;
    while (series + 1 < refusal_count && refusal_name(series) != code) ++series;
    return static_cast<label::refusal>(series);
}

label::close find_close(std::string_view reason) noexcept {
    for (std::size_t i = 0; i < close_cause_count; ++i) {
        if (describe(static_cast<close_cause>(i)).reason == reason) return static_cast<label::close>(i);
    }
    for (std::size_t i = 0; i < abort_kind_count; ++i) {
        if (abort_kinds[i] == reason) return static_cast<label::close>(first_abort + i);
    }
    return static_cast<label::close>(unknown_close);
}

label::close find_peer_close(std::uint16_t code) noexcept {
    switch (code) {
    case 1000:
        return static_cast<label::close>(first_peer_code);
    case 1001:
        return static_cast<label::close>(first_peer_code + 1);
    case 1005:
        return static_cast<label::close>(first_peer_code + 2);
    case 1006:
        return static_cast<label::close>(first_peer_code + 3);
    default:
        return static_cast<label::close>(first_peer_code + 4);
    }
}

const metric_family& family_of(metric id) noexcept { return families[static_cast<std::size_t>(id)]; }

} // namespace wsd
