#pragma once

#include "common/protocol/codes.hpp"
#include "common/protocol/encode.hpp"
#include "common/protocol/frame_class.hpp"
#include "common/protocol/frame_header.hpp"
#include "server/runtime/connection.hpp"
#include "server/runtime/shard.hpp"
#include "server/services/state_subjects.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace wsd {

// Whether an ephemeral frame for a connection that does not take its output is dropped.
enum class shed_kind : std::uint8_t { presence, typing };
[[nodiscard]] bool is_shed(shard& home, connection& to, shed_kind kind);
template <class Frame> consteval shed_kind shed_kind_of() {
    return Frame::type.starts_with("TYPING_") ? shed_kind::typing : shed_kind::presence;
}
// Whether a state frame for such a connection waits until it takes its output, and there in place of what waits of the
// same subject. Without a subject it never does.
[[nodiscard]] bool holds_back(shard& home, connection& to, std::string_view subject);
void hold_back(shard& home, connection& to, std::string_view subject, std::string_view text);
// What is never dropped waits for a connection that does not take its output: an entry in the log, a reply behind the
// output.
void has_to_wait(shard& home, connection& to);

template <class Frame> [[nodiscard]] std::string subject_if_any(const Frame& frame) {
    if constexpr (requires { subject_of(frame); }) return subject_of(frame);
    return {};
}

// Appends one frame to the connection's output: write(std::string&) appends its JSON text. It leaves at the end of the
// turn. Nothing happens once the connection is closing. subject() → std::string of a state frame, see subject_of. Some
// frames are replies to one connection and state for others.
template <class Frame, frame_class as = Frame::delivery, class Write, class Subject>
void send_written(shard& home, connection& to, Write&& write, Subject&& subject) {
    if (to.state != lifecycle::open) return;
    if constexpr (as == frame_class::ephemeral) {
        if (to.outbound.blocked && is_shed(home, to, shed_kind_of<Frame>())) return;
        to.outbound.unsent.add_other();
    }
    if (as == frame_class::reply && to.outbound.blocked) has_to_wait(home, to);
    if constexpr (as == frame_class::state) {
        if (to.outbound.blocked) {
            const std::string about = subject();
            if (holds_back(home, to, about)) {
                std::string text;
                write(text);
                return hold_back(home, to, about, text);
            }
        }
        to.outbound.unsent.add_other();
    }
    append_text_frame(to.socket().output(), write);
    home.metrics.count<metric::frames_sent>(static_cast<label::frame>(as));
    if (as == frame_class::reply) to.outbound.unsent.add_reply();
    to.output_grew();
}

template <class Frame, frame_class as = Frame::delivery> void send(shard& home, connection& to, const Frame& frame) {
    send_written<Frame, as>(
        home, to, [&frame](std::string& out) { encode(out, frame); }, [&frame] { return subject_if_any(frame); });
    if constexpr (requires { frame.error_part.code; }) {
        if (to.state == lifecycle::open) home.metrics.count<metric::errors_sent>(frame.error_part.code);
    }
}
template <class Frame> void send_reply(shard& home, connection& to, const Frame& frame) {
    send<Frame, frame_class::reply>(home, to, frame);
}
// The same for a frame whose JSON text is there already, with its subject.
template <class Frame>
void send_encoded(shard& home, connection& to, std::string_view text, std::string_view subject = {}) {
    send_written<Frame>(
        home, to, [text](std::string& out) { out += text; }, [subject] { return std::string(subject); });
}

// Queues the close frame behind what is queued already. The peer then has 5 s to take that, and 5 s more to answer.
void begin_close(shard& home, connection& c, close_cause cause);
// Nothing of what is queued goes out any more, but for the rest of a frame that is under way.
void discard_output(connection& c);
// The connection counts no more for the presence of its user; a second time nothing happens. Who is thrown out is
// offline before the peer has answered the close frame.
void leave_presence(shard& home, connection& c);
// Ends the connection without a close frame. `kind` names the abort in log and metrics; static storage.
void abort_connection(shard& home, connection& c, std::string_view kind);

// The connection's frame that waits for its token does so no longer: its session goes on in a later turn, and handles
// the frame if the connection is still open.
void end_wait_for_token(shard& home, connection& c);

// End of a turn: hands what the turn's connections have to say to the operating system, one call each. False: some have
// more to say at once.
bool flush_dirty(shard& home);

// Too many replies wait: resumes when the operating system has taken some, or the connection ends.
[[nodiscard]] task<> replies_taken(connection& c);

} // namespace wsd
