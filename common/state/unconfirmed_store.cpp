#include "common/state/unconfirmed_store.hpp"

namespace wsd {

bool unconfirmed_store::written(const user_id& user, const log_entry& entry, steady_time now) {
    const message_record& what = *entry.message;
    const bool awaits = entry.kind == entry_kind::message && entry.state == message_state::sent && what.sender != user;
    if (!awaits) return true;
    std::uint32_t owner = users_.find(user);
    if (owner == no_slot) owner = users_.insert(user);
    record& known = users_[owner];
    known.here = true;
    if (entry.seq <= known.highest_written) return true;
    known.highest_written = entry.seq;
    if (known.count >= options_.messages_per_user_max || messages_.size() >= options_.messages_max) return false;
    const std::uint32_t slot = messages_.insert(message{.owner = owner,
                                                        .seq = entry.seq,
                                                        .room = what.room.empty() ? 0 : code_of(what.room),
                                                        .chat_seq = what.chat_seq,
                                                        .due = now + options_.timeout,
                                                        .by_user = {},
                                                        .by_due = {}});
    ++known.count;
    known.messages.push_back(slot, user_links());
    by_due_.push_back(slot, due_links());
    return true;
}

void unconfirmed_store::confirmed(const user_id& user, std::uint64_t seq) {
    const std::uint32_t owner = users_.find(user);
    if (owner == no_slot) return;
    std::uint32_t slot = users_[owner].messages.first;
    while (slot != no_slot && messages_[slot].seq < seq) slot = messages_[slot].by_user.next;
    if (slot != no_slot && messages_[slot].seq == seq) forget(slot);
}

void unconfirmed_store::confirmed(const room_position& position) {
    const std::uint32_t owner = users_.find(position.user);
    if (owner == no_slot) return;
    const std::uint64_t room = code_of(position.room);
    for (std::uint32_t slot = users_[owner].messages.first; slot != no_slot;) {
        const message& at = messages_[slot];
        const std::uint32_t next = at.by_user.next;
        if (at.room == room) {
            if (at.chat_seq > position.delivered) return;
            forget(slot);
        }
        slot = next;
    }
}

void unconfirmed_store::drop(const user_id& user) {
    const std::uint32_t owner = users_.find(user);
    if (owner == no_slot) return;
    users_[owner].here = false;
    forget_user(owner);
}

std::uint64_t unconfirmed_store::code_of(const room_id& room) {
    if (room == last_room_ && last_code_ != 0) return last_code_;
    last_room_ = room;
    last_code_ = hash_(room) | 1;
    return last_code_;
}

std::size_t unconfirmed_store::take_overdue(steady_time now) {
    std::size_t overdue = 0;
    for (; !by_due_.empty() && messages_[by_due_.first].due <= now; ++overdue) forget(by_due_.first);
    return overdue;
}

void unconfirmed_store::forget(std::uint32_t slot) {
    const std::uint32_t owner = messages_[slot].owner;
    users_[owner].messages.remove(slot, user_links());
    --users_[owner].count;
    by_due_.remove(slot, due_links());
    messages_.erase(slot);
    forget_user(owner);
}

// While the user is here, its record knows what was written before.
void unconfirmed_store::forget_user(std::uint32_t slot) {
    if (!users_[slot].here && users_[slot].count == 0) users_.erase(slot);
}

} // namespace wsd
