#include "common/state/memory_tables.hpp"

#include <memory>

// What becomes of messages of memory_tables when they go.
namespace wsd {
namespace {

// What rows take beside their texts, measured roughly.
constexpr std::size_t message_bytes = 500;
constexpr std::size_t post_bytes = 600;

} // namespace

log_source::full_message* memory_tables::message_at(std::uint64_t offset) {
    const bool is_here = offset > removed_.offset && offset - removed_.offset <= messages_.size();
    return is_here ? &messages_[offset - removed_.offset - 1] : nullptr;
}

std::size_t memory_tables::cost_of(const full_message& message) {
    const std::size_t fixed = is_room(message.row.chat) ? post_bytes : message_bytes;
    if (!message.record) return fixed;
    return fixed + message.record->content.size() + 2 * message.record->client_message_id.size();
}

bool memory_tables::has_client_id(std::uint64_t offset, std::string_view client_id) {
    const full_message* message = message_at(offset);
    return message != nullptr && message->record->client_message_id == client_id;
}

// Of a message of a room that has ended nothing is left but its places.
void memory_tables::blank(full_message& message) {
    forget(message);
    auto blank = std::make_shared<message_record>(*message.record);
    bytes_ -= cost_of(message);
    blank->content.clear();
    blank->client_message_id.clear();
    blank->message_type.clear();
    message.record = std::move(blank);
    bytes_ += cost_of(message);
}

// What else knows of it.
void memory_tables::forget(const full_message& message) {
    const message_row& row = message.row;
    if (message.record && !message.record->client_message_id.empty())
        client_ids_.erase(client_code(hash_, row.sender, message.record->client_message_id), row.offset);
    first_contents_.erase(row.offset);
    if (row.deleted_at == 0) return;
    if (direct* chat = at(row.chat)) std::erase(chat->deleted, row.offset);
    if (posts* room = room_at(row.chat)) std::erase(room->deleted, row.offset);
}

void memory_tables::remove_oldest(std::uint64_t below, std::size_t max) {
    for (std::size_t removed = 0; removed < max && !messages_.empty() && removed_.offset + 1 < below; ++removed) {
        const full_message& oldest = messages_.front();
        forget(oldest);
        bytes_ -= cost_of(oldest);
        removed_ = {.offset = oldest.row.offset, .sent_at = oldest.row.sent_at};
        messages_.pop_front();
    }
}

} // namespace wsd
