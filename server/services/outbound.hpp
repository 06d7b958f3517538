#pragma once

#include "common/protocol/codes.hpp"
#include "common/protocol/encode.hpp"
#include "common/protocol/frame_class.hpp"
#include "common/protocol/frame_header.hpp"
#include "server/runtime/connection.hpp"
#include "server/runtime/shard.hpp"

#include <cstdint>
#include <string_view>

namespace wsd {

// Whether a state or ephemeral frame for a connection that does not take its output is dropped.
enum class shed_kind : std::uint8_t { state, presence, typing };
[[nodiscard]] bool is_shed(shard& home, connection& to, shed_kind kind);
template <class Frame> consteval shed_kind shed_kind_of() {
    if (Frame::delivery == frame_class::state) return shed_kind::state;
    return Frame::type.starts_with("TYPING_") ? shed_kind::typing : shed_kind::presence;
}
// What is never dropped waits for a connection that does not take its output: an entry in the log, a reply behind the
// output.
void has_to_wait(shard& home, connection& to);

// State and ephemeral frames may be dropped.
template <class Frame> [[nodiscard]] bool has_room_for(shard& home, connection& to) {
    if (Frame::delivery == frame_class::reply && to.outbound.blocked) has_to_wait(home, to);
    if (Frame::delivery != frame_class::state && Frame::delivery != frame_class::ephemeral) return true;
    if (to.outbound.blocked && is_shed(home, to, shed_kind_of<Frame>())) return false;
    ++to.outbound.unsent_others;
    return true;
}
template <class Frame> void count_sent(shard& home, connection& to) {
    home.metrics.count<metric::frames_sent>(static_cast<label::frame>(Frame::delivery));
    if (Frame::delivery == frame_class::reply) ++to.outbound.unsent_replies;
    to.output_grew();
}

// Appends one frame to the connection's output; it leaves at the end of the turn. Nothing happens once the connection
// is closing.
template <class Frame> void send(shard& home, connection& to, const Frame& frame) {
    if (to.state != lifecycle::open || !has_room_for<Frame>(home, to)) return;
    append_text_frame(to.socket().output(), [&frame](std::string& out) { encode(out, frame); });
    count_sent<Frame>(home, to);
    if constexpr (requires { frame.error_part.code; }) home.metrics.count<metric::errors_sent>(frame.error_part.code);
}
// The same for a frame whose JSON text is there already.
template <class Frame> void send_encoded(shard& home, connection& to, std::string_view text) {
    if (to.state != lifecycle::open || !has_room_for<Frame>(home, to)) return;
    append_text_frame(to.socket().output(), [text](std::string& out) { out += text; });
    count_sent<Frame>(home, to);
}

// Queues the close frame behind what is queued already. The peer then has 5 s to take that, and 5 s more to answer.
void begin_close(shard& home, connection& c, close_cause cause);
// Ends the connection without a close frame. `kind` names the abort in log and metrics; static storage.
void abort_connection(connection& c, std::string_view kind);

// End of a turn: hands what the turn's connections have to say to the operating system, one call each. False: some have
// more to say at once.
bool flush_dirty(shard& home);

// At least `max` replies wait: resumes when the output is empty, or the connection ends.
[[nodiscard]] task<> replies_taken(connection& c);

} // namespace wsd
