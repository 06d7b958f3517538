#include "tests/fuzz/watched_client.hpp"

#include "common/base/ensure.hpp"

#include <algorithm>
#include <array>

namespace wsd::fuzz {
namespace {

std::uint64_t number(const boost::json::object& frame, std::string_view name) {
    return frame.at(name).to_number<std::uint64_t>();
}

bool has_cap(const boost::json::object& hello_ack, std::string_view cap) {
    const boost::json::array& caps = hello_ack.at("caps").as_array();
    return std::find(caps.begin(), caps.end(), boost::json::value(cap)) != caps.end();
}

} // namespace

std::size_t watched_client::look() {
    std::size_t frames = 0;
    for (const test::wire_frame& frame : client_.wire().take_frames()) {
        ensure(!closed_, "nothing follows a close frame");
        if (frame.opcode == test::wire_frame::kind::close) closed_ = true;
        if (frame.opcode != test::wire_frame::kind::text) continue;
        ++frames;
        const json_result parsed = parser_.parse(frame.payload);
        ensure(parsed.has_value() && parsed->is_object(), "what is sent is one strict JSON object");
        look_at(parsed->get_object());
    }
    return frames;
}

void watched_client::look_at(const boost::json::object& frame) {
    const std::string_view type = frame.at("type").as_string();
    if (const auto* code = frame.if_contains("code")) ensure(*code != "INTERNAL_ERROR", "no input is a fault of wsd");
    if (type == "HELLO_ACK") {
        live_ = number(frame, "head");
        epoch_ = frame.at("epoch").as_string();
        told_of_skips_ = has_cap(frame, "seq");
        noecho_ = has_cap(frame, "noecho");
    } else if (type == "RESYNC_START") {
        unasked_ = number(frame, "from") == live_ + 1 && frame.contains("gaps") && !frame.contains("correlationId");
        next_ = number(frame, "from");
        if (const auto* gaps = frame.if_contains("gaps"); gaps != nullptr && !gaps->as_array().empty())
            next_ = number(gaps->as_array().front().as_object(), "to") + 1;
    } else if (type == "RESYNC_COMPLETE") {
        if (unasked_) live_ = std::max(live_, number(frame, "upTo"));
        next_ = 0;
    } else if (type == "EVENT_SKIP") {
        place(frame, number(frame, "fromSeq"));
    } else if (type == "MESSAGE_ACK" || type == "ROOM_MESSAGE_RESPONSE") {
        // An own message that follows what was shown is not shown again.
        const bool stands_for_entry = noecho_ && frame.contains("seq") && !frame.contains("duplicate");
        if (stands_for_entry && number(frame, "seq") == live_ + 1) ++live_;
    } else {
        constexpr std::array events{"MESSAGE_RECEIVE",    "ROOM_MESSAGE",     "MESSAGE_MUTATION",
                                    "ROOM_MEMBER_JOINED", "ROOM_MEMBER_LEFT", "ROOM_DELETED"};
        const bool event = std::find(events.begin(), events.end(), type) != events.end();
        if (event && frame.contains("seq")) place(frame, number(frame, "seq"));
    }
}

void watched_client::place(const boost::json::object& frame, std::uint64_t first) {
    const std::uint64_t last = number(frame, "seq");
    ensure(first <= last, "entries ascend");
    if (frame.contains("isReplay")) {
        // MESSAGE_REPLAY has no frame at its beginning.
        ensure(next_ == 0 || follows(first, next_), "entries are replayed one after the other");
        if (next_ != 0) next_ = last + 1;
        return;
    }
    ensure(follows(first, live_ + 1), "live entries come one after the other");
    live_ = last;
}

bool watched_client::follows(std::uint64_t seq, std::uint64_t next) const noexcept {
    return told_of_skips_ ? seq == next : seq >= next;
}

} // namespace wsd::fuzz
