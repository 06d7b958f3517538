#pragma once

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "common/state/held_frames.hpp"
#include "common/state/presence_records.hpp"
#include "common/state/rate_limit_records.hpp"
#include "common/state/replay_marks.hpp"
#include "common/state/reply_queue.hpp"
#include "common/state/socket_state.hpp"
#include "common/state/store_records.hpp"
#include "common/state/unsent_frames.hpp"
#include "server/runtime/identity.hpp"
#include "server/runtime/peer.hpp"
#include "server/runtime/replay_series.hpp"
#include "server/runtime/single_waiter.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace wsd {

struct shard;

// What HELLO settled. Belongs to the connection, never to the session.
struct negotiated {
    bool live = false; // HELLO_ACK was sent
    bool seq = false;
    bool cumack = false;
    bool noecho = false;
    device_id device; // empty: none
    std::optional<std::uint64_t> device_position;
};

// Where in the user's log this connection is: everything up to `position` has been written to it or belongs to a
// replay.
struct log_cursor {
    std::uint64_t start = 0; // head at HELLO_ACK: entries up to here come only by RESUME
    std::uint64_t position = 0;
    bool held = false;           // until the series that was asked for begins
    bool page_requested = false; // the reader thread fetches what the tail has no more
    replay_marks untaken;        // replayed entries that count as delivered once the operating system has them
};

struct outbound_state {
    bool dirty = false;   // in the shard's list for this turn
    bool blocked = false; // a write_loop waits for the socket
    unsent_frames unsent;
    write_progress progress;
    backpressure pressure;
    std::unique_ptr<held_frames> held; // null: nothing
};

struct deadlines {
    steady_time next_check; // when the wheel looks at this connection; older entries in the wheel mean nothing
    steady_time hello_by;
    steady_time closing_by;    // once closing
    steady_time reading_since; // time in which wsd deliberately does not read is no slowness of the peer
    steady_time heard;         // what `alive` knows of
    bool reading = true;
};

// What a request may wait for.
using answer = std::variant<log_outcome, read_reply, presence_snapshot>;

enum class lifecycle : std::uint8_t {
    open,
    closing, // the close frame is queued: nothing but it and what is before it is sent
    aborted, // the socket is closed, the session is about to end
};

// How the connection ended, for presence, log and metrics.
struct ending {
    std::string_view reason; // text of close reasons and kinds of abort; static storage
    std::uint16_t peer_code = 0;
    bool by_peer = false;
    bool left_on_purpose = false; // no presence grace
};

// One WebSocket of an authenticated user: what its coroutine, the shard's services and the handlers know of it. Lives
// in the frame of run_session, on its user's home shard; all others hold its id.
class connection final : public output_listener {
  public:
    connection(shard& home, std::unique_ptr<peer> socket, identity who, const liveness& begun);
    ~connection() override;
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    [[nodiscard]] peer& socket() noexcept { return *socket_; }
    [[nodiscard]] const peer& socket() const noexcept { return *socket_; }
    void output_grew() override;

    connection_id id;
    identity who;
    negotiated hello;
    log_cursor cursor;
    outbound_state outbound;
    deadlines timing;
    liveness alive;
    ending end;
    lifecycle state = lifecycle::open;
    bool attached = false; // counts among those for whom the shard serves the user's log
    bool present = true;   // counts for the presence of its user
    bool request_in_progress = false;
    bool close_after_request = false; // shutting down
    bool expiry_announced = false;    // AUTH_EXPIRING was sent for the present token
    bool rooms_changed = false;       // the client was told of a change since the list of its rooms was last read
    event_window malformed;
    bool next_frame_waiting = false;    // behind frames that were delayed: it had arrived when the last was answered
    std::uint64_t presence_version = 0; // of the last PRESENCE_SNAPSHOT
    std::unique_ptr<replay_series> series;
    single_waiter<answer> request_answer;
    std::uint64_t request_number = 0; // of the last question that was asked
    reply_queue sends;                // stored one after the other while the connection is read on
    single_waiter<bool> send_settled; // the oldest of them was answered
    single_waiter<bool> output_drained;
    single_waiter<bool> replies_accepted;  // fewer are unsent than before
    single_waiter<rate_event> turn_to_run; // a frame that waits for its token

  private:
    shard& home_;
    std::unique_ptr<peer> socket_;
};

// The connection's name in frames and log lines, e.g. `c0-17-1042`.
[[nodiscard]] std::string connection_text(const connection_id& id);

// What the `request` of a ticket is for, in its highest byte: the rest is the connection's own number.
enum class ticket_use : std::uint8_t {
    request,
    send,
    series_page,
    live_page,
    presence_refresh,
    unanswered,
    administration, // no connection asked
};

[[nodiscard]] constexpr std::uint64_t ticket_number(ticket_use use, std::uint64_t number) noexcept {
    return std::uint64_t{static_cast<std::uint8_t>(use)} << 56 | number;
}
[[nodiscard]] constexpr ticket_use use_of(const store_ticket& ticket) noexcept {
    return static_cast<ticket_use>(ticket.request >> 56);
}
[[nodiscard]] constexpr std::uint64_t number_of(const store_ticket& ticket) noexcept {
    return ticket.request & ((std::uint64_t{1} << 56) - 1);
}

} // namespace wsd
