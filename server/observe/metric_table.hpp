#pragma once

#include "common/protocol/codes.hpp"
#include "common/protocol/frame_class.hpp"
#include "common/protocol/frame_table.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

// What is counted: one row per metric family, fixed while compiling.
namespace wsd {

enum class metric_type : std::uint8_t { counter, gauge, histogram };

enum class metric : std::uint8_t {
    connections_open,
    connections_accepted,
    connections_closed,
    upgrades_refused,
    users_attached,
    frames_received,
    frames_sent,
    errors_sent,
    frames_dropped,
    received_bytes,
    sent_bytes,
    malformed_messages,
    rate_limited_frames,
    typing_dropped,
    backpressure_overflows,
    busy_refusals,
    persistence_errors,
    ack_latency,
    delivery_latency,
    delivery_ack_timeouts,
    delivery_ack_unwatched,
    presence_transitions,
    tail_bytes,
};
inline constexpr std::size_t metric_count = static_cast<std::size_t>(metric::tail_bytes) + 1;

// Types of labels.
namespace label {
using frame = frame_class;
using error = error_code;
using bucket = rate_class;
enum class dropped : std::uint8_t { state, ephemeral };
enum class queue : std::uint8_t { mailbox, store, reader };
enum class presence : std::uint8_t { online, offline };
enum class frame_type : std::uint8_t {}; // a client_type; beyond: "other"
enum class refusal : std::uint8_t {};    // by find_refusal
enum class close : std::uint8_t {};      // by find_close
struct none {};
} // namespace label

// nullopt: a type that does not exist.
[[nodiscard]] constexpr label::frame_type label_of(std::optional<client_type> type) noexcept {
    return static_cast<label::frame_type>(type ? static_cast<std::size_t>(*type) : client_type_count);
}

// The code in the body of a refused upgrade, or `TIMEOUT` for one that got no response → its label; others are "other".
[[nodiscard]] label::refusal find_refusal(std::string_view code) noexcept;

// A connection that wsd ended, by the reason text of its close frame (`PROTOCOL_ERROR`, `slow consumer`) or, when it
// was aborted, by the kind of abort: `HEARTBEAT`, `WRITE_STALLED`, `SUSPECT_REPLACED`, `DRAIN_TIMEOUT`,
// `FLUSH_TIMEOUT`, `CLOSE_TIMEOUT`. Others are "other".
[[nodiscard]] label::close find_close(std::string_view reason) noexcept;
// A connection that the peer ended: the code of its close frame, 1005 for one without a code, 1006 for no close frame.
[[nodiscard]] label::close find_peer_close(std::uint16_t code) noexcept;

struct metric_family {
    metric id = metric::connections_open;
    metric_type type = metric_type::counter;
    std::string_view name;
    std::string_view help;
    std::size_t series = 1;                                                // of counters and gauges
    void (*append_labels)(std::string& out, std::size_t series) = nullptr; // none: one series without labels
    std::span<const std::uint64_t> bounds_ns{}; // histograms: upper bounds of the buckets, ascending
};
[[nodiscard]] const metric_family& family_of(metric id) noexcept;

inline constexpr std::array<std::uint64_t, 16> latency_bounds_ns{
    100'000,    250'000,     500'000,     1'000'000,   2'500'000,     5'000'000,     10'000'000,    25'000'000,
    50'000'000, 100'000'000, 250'000'000, 500'000'000, 1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};

// Shape of a family in a block: what the type of its label is and how many cells it takes.
template <class Label, std::size_t Cells, metric_type Type> struct metric_shape {
    using label_type = Label;
    static constexpr std::size_t cells = Cells;
    static constexpr metric_type type = Type;
};
inline constexpr std::size_t frame_type_count = client_type_count + 1; // unknown types
inline constexpr std::size_t refusal_count = http_code_count + 2;      // no response, unknown
inline constexpr std::size_t abort_kind_count = 6;
inline constexpr std::size_t peer_close_count = 5;
inline constexpr std::size_t close_count = close_cause_count + abort_kind_count + peer_close_count + 1; // unknown
template <metric M> struct shape_of : metric_shape<label::none, 1, metric_type::counter> {};
template <> struct shape_of<metric::connections_open> : metric_shape<label::none, 1, metric_type::gauge> {};
template <> struct shape_of<metric::users_attached> : metric_shape<label::none, 1, metric_type::gauge> {};
template <> struct shape_of<metric::tail_bytes> : metric_shape<label::none, 1, metric_type::gauge> {};
template <>
struct shape_of<metric::connections_closed> : metric_shape<label::close, close_count, metric_type::counter> {};
template <>
struct shape_of<metric::upgrades_refused> : metric_shape<label::refusal, refusal_count, metric_type::counter> {};
template <>
struct shape_of<metric::frames_received> : metric_shape<label::frame_type, frame_type_count, metric_type::counter> {};
template <> struct shape_of<metric::frames_sent> : metric_shape<label::frame, 4, metric_type::counter> {};
template <>
struct shape_of<metric::errors_sent> : metric_shape<label::error, error_code_count, metric_type::counter> {};
template <> struct shape_of<metric::frames_dropped> : metric_shape<label::dropped, 2, metric_type::counter> {};
template <> struct shape_of<metric::rate_limited_frames> : metric_shape<label::bucket, 3, metric_type::counter> {};
template <> struct shape_of<metric::busy_refusals> : metric_shape<label::queue, 3, metric_type::counter> {};
template <> struct shape_of<metric::presence_transitions> : metric_shape<label::presence, 2, metric_type::counter> {};
// A histogram's cells: one per bucket, one for what is above them, one for the sum.
template <>
struct shape_of<metric::ack_latency> : metric_shape<label::none, latency_bounds_ns.size() + 2, metric_type::histogram> {
};
template <>
struct shape_of<metric::delivery_latency>
    : metric_shape<label::none, latency_bounds_ns.size() + 2, metric_type::histogram> {};

namespace detail {
template <std::size_t... I> constexpr auto make_offsets(std::index_sequence<I...>) {
    std::array<std::size_t, sizeof...(I) + 1> offsets{};
    const std::array<std::size_t, sizeof...(I)> cells{shape_of<static_cast<metric>(I)>::cells...};
    for (std::size_t i = 0; i < cells.size(); ++i) offsets[i + 1] = offsets[i] + cells[i];
    return offsets;
}
} // namespace detail
// Index of each family's first cell in a block; the last is the number of cells.
inline constexpr auto metric_offsets = detail::make_offsets(std::make_index_sequence<metric_count>{});

} // namespace wsd
