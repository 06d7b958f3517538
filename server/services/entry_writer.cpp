#include "server/services/entry_writer.hpp"

#include "common/protocol/server_events.hpp"
#include "common/protocol/server_room_events.hpp"
#include "server/services/event_frames.hpp"
#include "server/services/message_view.hpp"
#include "server/services/notices.hpp"
#include "server/services/outbound.hpp"

namespace wsd {

namespace {

bool is_about_message(entry_kind kind) { return kind == entry_kind::message || is_mutation(kind); }

// Of somebody's coming or going, which have the same fields.
template <class Frame> Frame member_frame(const log_entry& entry, bool is_replay) {
    const message_record& event = *entry.message;
    return {.seq = entry.seq,
            .room_id = event.room.view(),
            .user_id = event.recipient.view(),
            .reason = event.message_type,
            .by = event.sender.view(),
            .timestamp = event.sent_at,
            .is_replay = is_replay};
}

} // namespace

bool entry_writer::write_read(const log_entry& entry) {
    if (entry.hidden || !entry.shown || !is_about_message(entry.kind)) return write(entry);
    log_entry now = entry;
    now.message = newest_of(home_, to_.who.user, entry.message);
    now.state = home_.states.newest(entry.message->id, entry.state);
    return write(now);
}

bool entry_writer::write(const log_entry& entry) {
    if (entry.hidden || !entry.shown) {
        if (skipped_from_ == 0) skipped_from_ = entry.seq;
        skipped_to_ = entry.seq;
        return false;
    }
    finish();
    if (!home_.unconfirmed.written(to_.who.user, entry, home_.time.now()))
        home_.metrics.count<metric::delivery_ack_unwatched>();
    if (!is_about_message(entry.kind)) {
        write_membership(entry);
    } else if (entry.message->room.empty() || !shows_message(entry)) {
        send_entry(home_, to_, entry, replay_);
    } else {
        write_room(entry);
    }
    return shows_message(entry);
}

void entry_writer::finish() {
    if (skipped_from_ == 0) return;
    if (to_.hello.seq)
        send(home_, to_, from_server::event_skip{.seq = skipped_to_, .from_seq = skipped_from_, .is_replay = replay_});
    skipped_from_ = 0;
}

void entry_writer::write_room(const log_entry& entry) {
    const message_record& message = *entry.message;
    const bool own = message.sender == to_.who.user;
    const from_server::room_message frame{.seq = entry.seq,
                                          .message_id = message.id,
                                          .room_id = message.room.view(),
                                          .chat_id = message.chat.view(),
                                          .chat_seq = message.chat_seq,
                                          .sender_id = message.sender.view(),
                                          .content = message.content,
                                          .message_type = message.message_type,
                                          .timestamp = message.sent_at,
                                          .state = state_text(entry.state),
                                          .client_message_id = own ? std::string_view(message.client_message_id) : "",
                                          .edited = message.edited_at.has_value(),
                                          .edited_at = message.edited_at,
                                          .is_replay = replay_};
    if (!replay_) home_.metrics.observe<metric::delivery_latency>(milliseconds(home_.time.wall_ms() - message.sent_at));
    const bool same_for_all = !replay_ && !own && entry.state == message_state::sent;
    if (!same_for_all) return send(home_, to_, frame);
    // What is the same for all members of the shard is encoded once.
    const std::string_view tail =
        home_.events.text_of(entry.message, [&frame](std::string& text) { encode_event_tail(text, frame); });
    send_written<from_server::room_message>(
        home_, to_, [&](std::string& out) { append_event(out, frame.type, entry.seq, tail); },
        [] { return std::string(); });
}

void entry_writer::write_membership(const log_entry& entry) {
    const message_record& event = *entry.message;
    if (entry.kind == entry_kind::room_deleted)
        return send(home_, to_,
                    from_server::room_deleted_event{.seq = entry.seq,
                                                    .room_id = event.room.view(),
                                                    .by = event.sender.view(),
                                                    .timestamp = event.sent_at,
                                                    .is_replay = replay_});
    if (entry.kind == entry_kind::member_joined)
        return send(home_, to_, member_frame<from_server::room_member_joined>(entry, replay_));
    send(home_, to_, member_frame<from_server::room_member_left>(entry, replay_));
}

} // namespace wsd
