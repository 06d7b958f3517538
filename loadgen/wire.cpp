#include "loadgen/wire.hpp"

#include "common/protocol/decode.hpp"
#include "common/protocol/encode.hpp"
#include "common/protocol/frame_list.hpp"
#include "common/protocol/member_scan.hpp"

#include <array>
#include <optional>

namespace wsd::loadgen {
namespace {

using kind = incoming::kind;

struct type_row {
    std::string_view type;
    kind what = kind::other;
    bool frequent = false;
    bool tells_success = false; // a failure is a frame of the same type
};
constexpr std::array type_table{
    type_row{from_server::message_receive::type, kind::message, true},
    type_row{from_server::message_ack::type, kind::acked, true}, // or confirmed, or a notice: see classify()
    type_row{from_server::message_state_update::type, kind::other, true},
    type_row{from_server::delivery_status::type, kind::other, true},
    type_row{from_server::event_skip::type, kind::entry, true},
    type_row{from_server::room_message::type, kind::message, true},
    type_row{from_server::room_message_response::type, kind::acked, true, true},
    type_row{from_server::room_delivery_update::type, kind::other, true},
    type_row{from_server::pong::type, kind::pong, true},
    type_row{from_server::presence_update::type, kind::presence, true},
    type_row{from_server::presence_batch::type, kind::presence, true},
    type_row{from_server::room_created::type, kind::room_made},
    type_row{from_server::connection_established::type, kind::established},
    type_row{from_server::hello_ack::type, kind::hello_ack},
    type_row{from_server::message_nack::type, kind::refused},
    type_row{from_server::message_error::type, kind::refused},
    type_row{from_server::error::type, kind::refused},
    type_row{from_server::rate_limit_warning::type, kind::notice},
    type_row{from_server::resync_start::type, kind::resync_start},
    type_row{from_server::resync_complete::type, kind::resync_complete},
    type_row{from_server::server_shutdown::type, kind::shutdown},
    type_row{from_server::message_mutation::type, kind::entry},
    type_row{from_server::room_member_joined::type, kind::entry},
    type_row{from_server::room_member_left::type, kind::entry},
    type_row{from_server::room_deleted_event::type, kind::entry}, // or a reply: has no seq
};

const type_row* find_type(std::string_view type) {
    for (const auto& row : type_table)
        if (row.type == type) return &row;
    return nullptr;
}

// What tells the forms of a type apart.
struct seen_members {
    bool seq = false;
    bool from = false;
    bool up_to = false;
    bool success = false;
};

void take_text(incoming& into, std::string_view name, std::string_view value) {
    if (name == "content") {
        into.content = value;
    } else if (name == "senderId") {
        into.sender = value;
    } else if (name == "recipientId") {
        into.recipient = value;
    } else if (name == "clientMessageId") {
        into.client_message_id = value;
    } else if (name == "userId") {
        into.user = value;
    } else if (name == "epoch") {
        into.epoch = value;
    } else if (name == "protocolVersion") {
        into.version = value;
    } else if (name == "roomId") {
        into.room = value;
    } else if (name == "correlationId") {
        into.correlation = value;
    } else if (name == "code") {
        into.code = value;
    } else if (name == "mode") {
        into.mode = value;
    }
}

void take_number(incoming& into, seen_members& seen, std::string_view name, std::uint64_t value) {
    if (name == "seq") {
        into.seq = value;
        seen.seq = true;
    } else if (name == "chatSeq") {
        into.chat_seq = value;
    } else if (name == "fromSeq") {
        into.from = value;
        seen.from = true;
    } else if (name == "upTo") {
        into.up_to = value;
        seen.up_to = true;
    } else if (name == "to") {
        into.to = value;
    } else if (name == "head") {
        into.head = value;
    } else if (name == "reconnectAfterMs") {
        into.reconnect_after_ms = value;
    } else if (name == "retryAfterMs") {
        into.retry_after_ms = value;
    }
}

void take_truth(incoming& into, seen_members& seen, std::string_view name) {
    if (name == "isReplay") into.replay = true;
    if (name == "duplicate") into.duplicate = true;
    if (name == "complete") into.complete = true;
    if (name == "throttled") into.throttled = true;
    if (name == "success") seen.success = true;
}

// The kind by type and form.
void classify(incoming& frame, const type_row* row, const seen_members& seen) {
    frame.what = row == nullptr ? kind::other : row->what;
    if (row != nullptr && row->tells_success && !seen.success) frame.what = kind::refused;
    if (frame.what == kind::acked && !seen.seq) frame.what = seen.up_to ? kind::confirmed : kind::other;
    if (frame.what == kind::refused && frame.throttled) frame.what = kind::notice;
    if (frame.what == kind::entry) {
        if (!seen.seq) frame.what = kind::other;
        if (!seen.from) frame.from = frame.seq;
    }
    if (frame.what == kind::notice && frame.code.empty()) frame.code = frame.type;
}

// Empty: the object is one of the frames of its type. Otherwise what the last form of the type found wrong.
template <class... Frames>
std::string check_form(const boost::json::object& object, std::string_view type, frame_list<Frames...> /*all*/) {
    std::string problem = "unknown type";
    bool fits = false;
    const auto attempt = [&]<class T>() {
        if (fits || T::type != type) return;
        const auto frame = wsd::decode<T>(object);
        fits = frame.has_value();
        if (!fits) problem = frame.error().details;
    };
    (attempt.template operator()<Frames>(), ...);
    return fits ? std::string() : problem;
}

} // namespace

incoming wire::decode(std::string_view text) {
    incoming frame;
    seen_members seen;
    const type_row* row = nullptr;
    member_scan scan(text);
    while (const auto member = scan.next()) {
        if (member->escaped) return decode_strictly(text);
        switch (member->what) {
        case member_scan::kind::text:
            if (frame.type.empty() && member->name == "type") {
                frame.type = member->value;
                row = find_type(frame.type);
                if (row == nullptr || !row->frequent || (presence_wanted_ && row->what == kind::presence))
                    return decode_strictly(text);
            } else {
                take_text(frame, member->name, member->value);
            }
            break;
        case member_scan::kind::number:
            if (const auto number = member->natural()) take_number(frame, seen, member->name, *number);
            break;
        case member_scan::kind::other:
            if (member->is_true()) take_truth(frame, seen, member->name);
            break;
        }
    }
    if (scan.broken() || row == nullptr || until_sample_ == 0) {
        until_sample_ = sample_every - 1;
        return decode_strictly(text);
    }
    --until_sample_;
    classify(frame, row, seen);
    return frame;
}

incoming wire::malformed(std::string_view type, std::string problem) {
    problem_ = std::string(type.substr(0, 64)).append(type.empty() ? "" : ": ").append(problem);
    incoming frame;
    frame.what = kind::malformed;
    frame.problem = problem_;
    return frame;
}

incoming wire::decode_strictly(std::string_view text) {
    auto parsed = parser_.parse(text);
    if (!parsed) return malformed("", parsed.error() == json_problem::not_json ? "not JSON" : "duplicate member");
    dom_ = std::move(*parsed);
    const auto* object = dom_.if_object();
    const auto* type = object == nullptr ? nullptr : object->if_contains("type");
    if (type == nullptr || !type->is_string()) return malformed("", "no type");
    incoming frame;
    frame.type = type->get_string();
    if (auto problem = check_form(*object, frame.type, server_frame_list{}); !problem.empty())
        return malformed(frame.type, std::move(problem));
    seen_members seen;
    for (const auto& [name, value] : *object) {
        if (const auto* string = value.if_string()) {
            take_text(frame, name, *string);
        } else if (value.is_number()) {
            boost::system::error_code ec;
            const auto number = value.to_number<std::uint64_t>(ec);
            if (!ec) take_number(frame, seen, name, number);
        } else if (value.is_bool() && value.get_bool()) {
            take_truth(frame, seen, name);
        }
    }
    if (const auto* gaps = object->if_contains("gaps"); gaps != nullptr && gaps->is_array()) {
        for (const auto& gap : gaps->get_array()) frame.gap_to = gap.at("to").to_number<std::uint64_t>();
    }
    if (const auto* limits = object->if_contains("limits"); limits != nullptr && limits->is_object()) {
        frame.rate_messages = limits->at("rateMessages").to_number<std::uint64_t>();
        frame.rate_window_ms = limits->at("rateWindowMs").to_number<std::uint64_t>();
    }
    classify(frame, find_type(frame.type), seen);
    return frame;
}

void wire::encode_send(std::string& out, std::string_view recipient, std::string_view client_message_id,
                       std::string_view content) {
    // Kept between calls for the sake of its strings' memory.
    send_.recipient_id.value.assign(recipient);
    send_.client_message_id.assign(client_message_id);
    send_.content.assign(content);
    encode(out, send_);
}

void wire::encode_room_send(std::string& out, std::string_view room, std::string_view client_message_id,
                            std::string_view content) {
    room_send_.room_id.value.assign(room);
    room_send_.client_message_id.assign(client_message_id);
    room_send_.content.assign(content);
    encode(out, room_send_);
}

} // namespace wsd::loadgen
