#include "server/services/message_view.hpp"

#include "server/services/notices.hpp"

#include <algorithm>

namespace wsd {
namespace {

timestamp last_change(const message_record& message) {
    return std::max(message.edited_at.value_or(0), message.deleted_at.value_or(0));
}

} // namespace

from_server::message_object view_message(const message_record& message, message_state state, const user_id& viewer,
                                         const std::optional<receipt_counts>& counts) {
    from_server::message_object view{.message_id = message.id,
                                     .chat_id = message.chat.view(),
                                     .chat_seq = message.chat_seq,
                                     .sender_id = message.sender.view(),
                                     .recipient_id = message.recipient.view(),
                                     .room_id = message.room.view(),
                                     .message_type = message.message_type,
                                     .timestamp = message.sent_at,
                                     .state = state_text(state),
                                     .edited = message.edited_at.has_value(),
                                     .edited_at = message.edited_at,
                                     .deleted = message.deleted_at.has_value(),
                                     .deleted_at = message.deleted_at};
    if (!view.deleted) view.content = message.content;
    if (message.sender == viewer) view.client_message_id = message.client_message_id;
    if (counts) {
        view.delivered_count = counts->delivered;
        view.read_count = counts->read;
        view.total_count = counts->total;
    }
    return view;
}

std::shared_ptr<const message_record> newest_of(const shard& home, const user_id& viewer,
                                                const std::shared_ptr<const message_record>& message) {
    auto changed = home.tails.find_changed(viewer, message->id);
    return changed && last_change(*changed) >= last_change(*message) ? changed : message;
}

} // namespace wsd
