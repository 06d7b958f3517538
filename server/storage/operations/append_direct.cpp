#include "common/protocol/chat_id.hpp"
#include "server/storage/operations/operations.hpp"

#include <memory>
#include <utility>

namespace wsd {
namespace {

log_outcome answer_repeat(log_state& state, const append_direct& operation, std::uint64_t offset, bool contacts) {
    auto stored = state.tables().read_message(offset, state.store_tag());
    if (!stored.record) return errc::persistence;
    if (!state.was_sent_with(*stored.record, offset, operation.content)) return errc::conflict;
    return appended{.duplicate = true,
                    .message = std::move(stored.record),
                    .sender_seq = stored.row.sender_seq,
                    .recipient_seq = stored.row.recipient_seq,
                    .state = stored.row.state,
                    .contacts = contacts};
}

struct contact_change {
    bool contacts = false;
    bool made = false;
};

// Notes that the sender has written in the chat.
contact_change note_writer(log_state& state, log_state::direct_chat& chat, user_key sender) {
    bool& wrote = sender == chat.users.low ? chat.row.low_wrote : chat.row.high_wrote;
    const bool first = !wrote;
    if (first) {
        wrote = true;
        state.tables().set_wrote(chat.row.key, chat.row.low_wrote, chat.row.high_wrote);
    }
    const bool contacts = chat.row.low_wrote && chat.row.high_wrote;
    return {.contacts = contacts, .made = first && contacts};
}

} // namespace

log_outcome apply(log_state& state, const append_direct& operation, timestamp now) {
    if (operation.sender.empty() || operation.recipient.empty() || operation.sender == operation.recipient)
        return errc::invalid;
    auto sender = state.find_or_add_user(operation.sender);
    auto recipient = state.find_or_add_user(operation.recipient);
    auto chat = state.find_or_add_direct(sender.row.key, recipient.row.key);

    if (!operation.client_message_id.empty()) {
        const client_key key{.sender = sender.row.key, .chat = chat.row.key, .client_id = operation.client_message_id};
        if (const auto offset = state.tables().find_client_id(key))
            return answer_repeat(state, operation, offset, chat.row.low_wrote && chat.row.high_wrote);
    }

    const auto place = state.next_place(now);
    const message_row row{.offset = place.offset,
                          .chat = chat.row.key,
                          .chat_seq = ++chat.row.head,
                          .sender = sender.row.key,
                          .recipient = recipient.row.key,
                          .sender_seq = ++sender.row.head,
                          .recipient_seq = ++recipient.row.head,
                          .sent_at = place.sent_at};
    auto record = std::make_shared<message_record>();
    record->id = place.id;
    record->chat = direct_chat_id(operation.sender, operation.recipient);
    record->chat_seq = row.chat_seq;
    record->sender = operation.sender;
    record->recipient = operation.recipient;
    record->content = operation.content;
    record->client_message_id = operation.client_message_id;
    record->sent_at = place.sent_at;
    state.add_message(row, record);

    const auto contact = note_writer(state, chat, sender.row.key);
    // An own entry is settled by nature, so a user who only writes never has anything to look through.
    if (sender.row.settled + 1 == row.sender_seq) sender.row.settled = row.sender_seq;
    state.put(sender);
    state.put(recipient);
    state.put(chat);
    const bool contacts = contact.contacts || state.share_room(operation.sender, operation.recipient);
    return appended{.message = std::move(record),
                    .sender_seq = row.sender_seq,
                    .recipient_seq = row.recipient_seq,
                    .contacts = contacts,
                    .new_contacts = contact.made};
}

} // namespace wsd
