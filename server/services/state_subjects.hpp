#pragma once

#include "common/protocol/server_presence.hpp"
#include "common/protocol/server_receipts.hpp"
#include "common/protocol/server_room_events.hpp"
#include "common/protocol/server_room_posts.hpp"
#include "common/protocol/server_session.hpp"

#include <string>
#include <string_view>

// What a state frame is about: of those with one subject a connection that does not take its output needs the latest
// alone. State frames without an overload here are told in any case.
namespace wsd {

[[nodiscard]] inline std::string state_subject(std::string_view type, std::string_view what) {
    std::string subject(type);
    subject += '/';
    subject += what;
    return subject;
}

[[nodiscard]] inline std::string subject_of(const from_server::delivered_notice& frame) {
    return state_subject(frame.type, frame.message_id.to_string());
}
[[nodiscard]] inline std::string subject_of(const from_server::message_read& frame) {
    return state_subject(frame.type, frame.message_id.to_string());
}
[[nodiscard]] inline std::string subject_of(const from_server::message_state_update& frame) {
    return state_subject(frame.type, frame.message_id.to_string());
}
[[nodiscard]] inline std::string subject_of(const from_server::delivery_status& frame) {
    return state_subject(frame.type, frame.message_id.to_string());
}
[[nodiscard]] inline std::string subject_of(const from_server::read_state& frame) {
    return state_subject(frame.type, frame.chat_id);
}
[[nodiscard]] inline std::string subject_of(const from_server::room_delivery_update& frame) {
    return state_subject(frame.type, frame.room_message_id.to_string());
}
[[nodiscard]] inline std::string subject_of(const from_server::room_members_updated& frame) {
    return state_subject(frame.type, frame.room_id);
}
// Names what is in the patch, so that one that follows can be told as the union of both: see announce_room.
[[nodiscard]] inline std::string subject_of(const from_server::room_updated& frame) {
    std::string values;
    values += frame.patch.name ? 'n' : '-';
    values += frame.patch.thumbnail_url ? 't' : '-';
    values += frame.patch.join_policy ? 'p' : '-';
    return state_subject(frame.type, values.append(frame.room_id));
}
[[nodiscard]] inline std::string subject_of(const from_server::presence_snapshot& frame) {
    return std::string(frame.type);
}
[[nodiscard]] inline std::string subject_of(const from_server::state_stale& frame) { return std::string(frame.type); }

} // namespace wsd
