#include "common/base/planted_fault.hpp"
#include "common/protocol/chat_id.hpp"
#include "common/protocol/text.hpp"
#include "server/storage/operations/operations.hpp"
#include "server/storage/operations/room_entries.hpp"

#include <memory>
#include <utility>

namespace wsd {
namespace {

posted refuse(post_status status) {
    posted outcome;
    outcome.status = status;
    return outcome;
}

log_outcome answer_repeat(log_state& state, const append_room& operation, std::uint64_t offset,
                          std::uint64_t member_count) {
    auto stored = state.tables().read_message(offset, state.store_tag());
    if (!stored.record) return errc::persistence;
    const bool same = stored.record->message_type == operation.message_type &&
                      state.was_sent_with(*stored.record, offset, operation.content);
    if (!same) return errc::conflict;
    posted outcome;
    outcome.duplicate = true;
    outcome.message = std::move(stored.record);
    outcome.sender_seq = stored.row.sender_seq;
    outcome.member_count = member_count;
    return outcome;
}

} // namespace

log_outcome apply(log_state& state, const append_room& operation, timestamp now) {
    state.trim_rooms();
    room* where = state.find_room(operation.room);
#ifdef WSD_PLANTED
    static unsigned posts = 0;
    if (is_planted("wrong_room") && ++posts % 20 == 0)
        where = state.find_room(room_id{operation.room.value == "room0" ? "room1" : "room0"});
#endif
    const room::member* author = where != nullptr ? where->find(operation.sender) : nullptr;
    if (author == nullptr) return refuse(post_status::not_found);
    if (is_blank(operation.content)) return refuse(post_status::blank);
    const user_key sender = author->row.user;
    if (!operation.client_message_id.empty()) {
        const client_key key{.sender = sender, .chat = where->key(), .client_id = operation.client_message_id};
        const auto offset = state.tables().find_client_id(key);
        const auto known = offset != 0 ? state.find_message(offset) : std::nullopt;
        // What was said in a room that has ended is gone.
        if (known && known->chat_seq > state.tables().ended_up_to(where->key()))
            return answer_repeat(state, operation, offset, where->size());
    }

    const auto place = state.next_place(now);
    message_row row{.offset = place.offset,
                    .chat = where->key(),
                    .chat_seq = where->next_chat_seq(),
                    .sender = sender,
                    .sent_at = place.sent_at};
#ifdef WSD_PLANTED
    static std::map<chat_key, std::uint64_t> held_back; // taken by the next message, of somebody else most likely
    if (is_planted("reordered")) {
        if (const auto held = held_back.find(row.chat); held != held_back.end()) {
            row.chat_seq = held->second;
            held_back.erase(held);
        } else if (++posts % 20 == 0) {
            held_back[row.chat] = row.chat_seq + 1;
            std::swap(held_back[row.chat], row.chat_seq);
        }
    }
#endif
    auto record = std::make_shared<message_record>();
    record->id = place.id;
    record->chat = room_chat_id(operation.room);
    record->chat_seq = row.chat_seq;
    record->sender = operation.sender;
    record->room = operation.room;
    record->content = operation.content;
    record->message_type = operation.message_type;
    record->client_message_id = operation.client_message_id;
    record->sent_at = place.sent_at;

    posted outcome;
    outcome.message = record;
    outcome.member_count = where->size();
    outcome.entries.reserve(where->size());
    where->for_each(
        [&outcome](const room::member& each) { outcome.entries.push_back({.user = each.user, .key = each.row.user}); });
#ifdef WSD_PLANTED
    const auto removed = planted_removed.find(operation.room.value);
    if (is_planted("removed_member") && removed != planted_removed.end() && !where->find(user_id{removed->second}))
        outcome.entries.push_back({.user = user_id{removed->second}});
    if (is_planted("member_skipped") && ++posts % 20 == 0)
        std::erase_if(outcome.entries, [&](const logged_entry& each) {
            return each.user != operation.sender && each.user == outcome.entries.back().user;
        });
#endif
    outcome.sender_seq = add_entries(state, row, record, outcome.entries);
    return outcome;
}

} // namespace wsd
