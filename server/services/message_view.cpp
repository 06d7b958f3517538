#include "server/services/message_view.hpp"

#include "server/services/notices.hpp"

namespace wsd {

from_server::message_object view_message(const message_record& message, message_state state, const user_id& viewer) {
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
    return view;
}

} // namespace wsd
