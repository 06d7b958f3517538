#include "common/protocol/text.hpp"
#include "common/state/room_rights.hpp"
#include "server/storage/operations/operations.hpp"
#include "server/storage/operations/room_entries.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace wsd {
namespace {

struct change_request {
    const user_id& user;
    const message_id& id;
    entry_kind kind;
    std::string content;
};

mutated answer(mutation_status status, entry_kind kind, std::shared_ptr<const message_record> message = {}) {
    mutated outcome;
    outcome.status = status;
    outcome.kind = kind;
    outcome.message = std::move(message);
    return outcome;
}

// The next number of the user's log. Nothing is to be delivered of an edit: it is settled by nature.
std::uint64_t take_seq(log_state::user_head& user) {
    const auto seq = ++user.row.head;
    if (user.row.settled + 1 == seq) user.row.settled = seq;
    return seq;
}

void add_direct_mutation(log_state& state, message_row& mutation, const message_record& message, mutated& outcome) {
    auto author = state.find_or_add_user(message.sender);
    auto recipient = state.find_or_add_user(message.recipient);
    outcome.author_seq = mutation.sender_seq = take_seq(author);
    outcome.recipient_seq = mutation.recipient_seq = take_seq(recipient);
    state.add_mutation(mutation);
    state.put(author);
    state.put(recipient);
}

// Whoever sees the message is told.
void add_room_mutation(log_state& state, message_row& mutation, mutated& outcome) {
    state.find_room(mutation.chat)->for_each([&](const room::member& each) {
        if (room::sees(&each, mutation.target)) outcome.entries.push_back({.user = each.user});
    });
    const auto places = take_places(state, mutation, outcome.entries);
    state.add_mutation(mutation, places);
}

log_outcome change(log_state& state, user_key by, message_row row, const message_record& before,
                   change_request&& request, timestamp now) {
    const auto place = state.next_place(now);
    message_row mutation{.offset = place.offset,
                         .chat = row.chat,
                         .chat_seq = row.chat_seq,
                         .sender = by,
                         .recipient = row.recipient,
                         .sent_at = place.sent_at,
                         .kind = request.kind,
                         .target = row.offset};
    mutated outcome = answer(mutation_status::changed, request.kind);
    is_room(row.chat) ? add_room_mutation(state, mutation, outcome)
                      : add_direct_mutation(state, mutation, before, outcome);
    auto after = std::make_shared<message_record>(before);
    after->content = std::move(request.content);
    if (request.kind == entry_kind::edit) {
        after->edited_at = row.edited_at = place.sent_at;
    } else {
        after->deleted_at = row.deleted_at = place.sent_at;
        after->deleted_by = request.user;
        row.deleted_by = by;
    }
    if (row.link != 0) state.set_link(row.link, place.offset);
    row.link = place.offset;
    state.change_message(row, after, before.content);
    outcome.message = std::move(after);
    outcome.at = place.sent_at;
    outcome.state = row.state;
    return outcome;
}

// changed: the user may do it.
mutation_status judge(log_state& state, user_key user, const change_request& request, const message_row& row) {
    using enum mutation_status;
    const bool own = row.sender == user;
    if (!is_room(row.chat)) {
        if (!own && row.recipient != user) return not_found;
        return own ? changed : forbidden;
    }
    const room* where = state.find_room(row.chat);
    const room::member* who = where != nullptr ? where->find(request.user) : nullptr;
    if (!room::sees(who, row.offset)) return not_found;
    const bool by_role = request.kind == entry_kind::deletion && may(who->row.role, room_verb::delete_message);
    return own || by_role ? changed : forbidden;
}

log_outcome mutate(log_state& state, change_request&& request, timestamp now) {
    state.trim_rooms();
    const auto user = state.find_user(request.user);
    const auto row = user ? state.find_message(request.id) : std::nullopt;
    if (!row) return answer(mutation_status::not_found, request.kind);
    const auto verdict = judge(state, user->row.key, request, *row);
    if (verdict != mutation_status::changed) return answer(verdict, request.kind);

    auto stored = state.tables().read_message(row->offset, state.store_tag());
    if (!stored.record) return errc::persistence;
    const bool edit = request.kind == entry_kind::edit;
    const bool deleted = stored.record->deleted_at.has_value();
    if (edit && deleted) return answer(mutation_status::not_found, request.kind);
    if (edit && is_blank(request.content)) return answer(mutation_status::blank, request.kind);
    if (edit ? stored.record->content == request.content : deleted)
        return answer(mutation_status::already, request.kind, std::move(stored.record));
    return change(state, user->row.key, stored.row, *stored.record, std::move(request), now);
}

} // namespace

log_outcome apply(log_state& state, const edit_message& operation, timestamp now) {
    return mutate(state, {operation.user, operation.id, entry_kind::edit, operation.content}, now);
}

log_outcome apply(log_state& state, const delete_message& operation, timestamp now) {
    return mutate(state, {operation.user, operation.id, entry_kind::deletion, {}}, now);
}

} // namespace wsd
