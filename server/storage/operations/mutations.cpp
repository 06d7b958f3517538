#include "server/storage/operations/operations.hpp"

#include <memory>
#include <string>
#include <utility>

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

log_outcome change(log_state& state, log_state::user_head author, message_row row, const message_record& before,
                   change_request&& request, timestamp now) {
    const auto place = state.next_place(now);
    auto recipient = state.find_or_add_user(before.recipient);
    const message_row mutation{.offset = place.offset,
                               .chat = row.chat,
                               .chat_seq = row.chat_seq,
                               .sender = row.sender,
                               .recipient = row.recipient,
                               .sender_seq = take_seq(author),
                               .recipient_seq = take_seq(recipient),
                               .sent_at = place.sent_at,
                               .kind = request.kind,
                               .target = row.offset};
    auto after = std::make_shared<message_record>(before);
    after->content = std::move(request.content);
    if (request.kind == entry_kind::edit) {
        after->edited_at = row.edited_at = place.sent_at;
    } else {
        after->deleted_at = row.deleted_at = place.sent_at;
    }
    if (row.link != 0) state.set_link(row.link, place.offset);
    row.link = place.offset;
    state.add_mutation(mutation);
    state.change_message(row, after, before.content);
    state.put(before.sender, author);
    state.put(before.recipient, recipient);

    mutated outcome = answer(mutation_status::changed, request.kind, std::move(after));
    outcome.at = place.sent_at;
    outcome.state = row.state;
    outcome.author_seq = mutation.sender_seq;
    outcome.recipient_seq = mutation.recipient_seq;
    return outcome;
}

log_outcome mutate(log_state& state, change_request&& request, timestamp now) {
    const auto user = state.find_user(request.user);
    const auto row = user ? state.find_message(request.id) : std::nullopt;
    const bool visible =
        row && !is_room(row->chat) && (row->sender == user->row.key || row->recipient == user->row.key);
    if (!visible) return answer(mutation_status::not_found, request.kind);
    if (row->sender != user->row.key) return answer(mutation_status::forbidden, request.kind);

    auto stored = state.tables().read_message(row->offset, state.store_tag());
    if (!stored.record) return errc::persistence;
    const bool edit = request.kind == entry_kind::edit;
    const bool deleted = stored.record->deleted_at.has_value();
    if (edit && deleted) return answer(mutation_status::not_found, request.kind);
    if (edit ? stored.record->content == request.content : deleted)
        return answer(mutation_status::already, request.kind, std::move(stored.record));
    return change(state, *user, stored.row, *stored.record, std::move(request), now);
}

} // namespace

log_outcome apply(log_state& state, const edit_message& operation, timestamp now) {
    return mutate(state, {operation.user, operation.id, entry_kind::edit, operation.content}, now);
}

log_outcome apply(log_state& state, const delete_message& operation, timestamp now) {
    return mutate(state, {operation.user, operation.id, entry_kind::deletion, {}}, now);
}

} // namespace wsd
