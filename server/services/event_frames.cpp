#include "server/services/event_frames.hpp"

#include "common/base/planted_fault.hpp"
#include "common/protocol/server_events.hpp"
#include "server/services/notices.hpp"
#include "server/services/outbound.hpp"

namespace wsd {
namespace {

from_server::message_receive message_frame(const log_entry& entry, const user_id& viewer, bool is_replay) {
    const message_record& message = *entry.message;
    const bool own = message.sender == viewer;
    return {.seq = entry.seq,
            .message_id = message.id,
            .chat_id = message.chat.view(),
            .chat_seq = message.chat_seq,
            .sender_id = message.sender.view(),
            .recipient_id = message.recipient.view(),
            .content = message.content,
            .timestamp = message.sent_at,
            .state = state_text(entry.state),
            .client_message_id = own ? std::string_view(message.client_message_id) : "",
            .edited = message.edited_at.has_value(),
            .edited_at = message.edited_at,
            .is_replay = is_replay};
}

from_server::message_mutation mutation_frame(const log_entry& entry, bool is_replay) {
    const message_record& message = *entry.message;
    const bool deleted = message.deleted_at.has_value();
    return {.seq = entry.seq,
            .action = deleted ? "delete" : "edit",
            .message_id = message.id,
            .chat_id = message.chat.view(),
            .chat_seq = message.chat_seq,
            .sender_id = message.sender.view(),
            .recipient_id = message.recipient.view(),
            .room_id = message.room.view(),
            .content = message.content,
            .edited_at = message.edited_at,
            .deleted = deleted,
            .deleted_at = message.deleted_at,
            .by = deleted ? message.deleted_by.view() : message.sender.view(),
            .server_ts = deleted ? *message.deleted_at : entry.at,
            .is_replay = is_replay};
}

} // namespace

bool shows_message(const log_entry& entry) {
    return entry.kind == entry_kind::message && !entry.message->deleted_at.has_value();
}

void send_entry(shard& home, connection& c, const log_entry& entry, bool is_replay) {
#ifdef WSD_PLANTED_DROP // tests only: a fault that a load tester has to find
    if (entry.message->id.offset() % WSD_PLANTED_DROP == 0) return;
#endif
#ifdef WSD_PLANTED
    if (is_planted("event_lost") && entry.message->id.offset() % 50 == 0) return;
    if (is_planted("event_twice") && shows_message(entry)) send(home, c, message_frame(entry, c.who.user, is_replay));
#endif
    if (!shows_message(entry)) return send(home, c, mutation_frame(entry, is_replay));
    send(home, c, message_frame(entry, c.who.user, is_replay));
    if (!is_replay)
        home.metrics.observe<metric::delivery_latency>(milliseconds(home.time.wall_ms() - entry.message->sent_at));
}

} // namespace wsd
