#include "common/state/message_store.hpp"

#include <algorithm>

namespace wsd {

bool message_store::attach(const user_id& user, std::uint64_t head) {
    if (users_.find(user) != no_slot) return true;
    if (users_.size() >= options_.users_max) return false;
    users_[users_.insert(user)].head = head;
    return true;
}

void message_store::drop(const user_id& user) {
    const std::uint32_t slot = users_.find(user);
    if (slot == no_slot) return;
    while (!users_[slot].entries.empty()) evict_oldest(slot);
    users_.erase(slot);
}

message_store::append_status message_store::append(const user_id& user, const log_entry& entry) {
    const std::uint32_t slot = users_.find(user);
    if (slot == no_slot) return append_status::not_attached;
    tail& t = users_[slot];
    if (entry.seq <= t.head) return append_status::already_there;
    ensure(entry.seq == t.head + 1, "a user's log has no holes");
    t.head = entry.seq;
    if (options_.entries_per_user == 0) return append_status::appended;
    if (t.entries.size() == options_.entries_per_user) {
        bytes_ -= cost(t.entries.front());
        --entries_;
    } else if (t.entries.full()) {
        t.entries.set_capacity(std::min(options_.entries_per_user, std::max<std::size_t>(4, t.entries.capacity() * 2)));
    }
    t.entries.push_back(entry); // overwrites the oldest when full
    ++entries_;
    bytes_ += cost(entry);
    by_age_.remove(slot, links());
    by_age_.push_back(slot, links());
    evict_for_bytes();
    return append_status::appended;
}

bool message_store::update_state(const user_id& user, const message_id& id, message_state state) {
    const std::uint32_t slot = users_.find(user);
    if (slot == no_slot) return false;
    auto& entries = users_[slot].entries;
    bool changed = false;
    // Newest first: what is confirmed has mostly just been delivered. Ids ascend with commits, so nothing before an
    // older message's own entry can be about this one.
    for (auto at = entries.rbegin(); at != entries.rend(); ++at) {
        if (at->message->id < id && at->kind == entry_kind::message) break;
        if (at->message->id != id) continue;
        changed = changed || at->state < state;
        at->state = std::max(at->state, state);
    }
    return changed;
}

void message_store::replace_message(const user_id& user, const std::shared_ptr<const message_record>& message) {
    const std::uint32_t slot = users_.find(user);
    if (slot == no_slot) return;
    auto& entries = users_[slot].entries;
    for (auto at = entries.rbegin(); at != entries.rend(); ++at) {
        if (at->kind == entry_kind::message && at->message->id < message->id) break;
        if (at->message->id != message->id) continue;
        bytes_ -= cost(*at);
        at->message = message;
        bytes_ += cost(*at);
    }
    evict_for_bytes();
}

std::shared_ptr<const message_record> message_store::find_changed(const user_id& user, const message_id& id) const {
    const std::uint32_t slot = users_.find(user);
    if (slot == no_slot) return nullptr;
    const auto& entries = users_[slot].entries;
    for (auto at = entries.rbegin(); at != entries.rend(); ++at) {
        if (at->kind != entry_kind::message && at->message->id == id) return at->message;
    }
    return nullptr;
}

void message_store::hide_room(const user_id& user, const room_id& room) {
    const std::uint32_t slot = users_.find(user);
    if (slot == no_slot) return;
    for (log_entry& entry : users_[slot].entries) {
        const bool concerns_user = entry.kind != entry_kind::message && entry.message->recipient == user;
        const bool stays = concerns_user || entry.kind == entry_kind::room_deleted;
        if (entry.message->room == room && !stays) entry.hidden = true;
    }
}

void message_store::move_position(const room_position& position) {
    const std::uint32_t slot = users_.find(position.user);
    if (slot == no_slot) return;
    for (log_entry& entry : users_[slot].entries) {
        const message_record& message = *entry.message;
        if (entry.kind != entry_kind::message || message.room != position.room) continue;
        if (message.sender == position.user || message.chat_seq > position.delivered) continue;
        entry.state = message.chat_seq > position.read ? message_state::delivered : message_state::read;
    }
}

std::optional<std::uint64_t> message_store::head(const user_id& user) const noexcept {
    const std::uint32_t slot = users_.find(user);
    if (slot == no_slot) return std::nullopt;
    return users_[slot].head;
}

std::optional<std::uint64_t> message_store::tail_begin(const user_id& user) const noexcept {
    const std::uint32_t slot = users_.find(user);
    if (slot == no_slot) return std::nullopt;
    return users_[slot].begin();
}

std::size_t message_store::cost(const log_entry& entry) noexcept {
    return sizeof(log_entry) + sizeof(message_record) + entry.message->content.size() +
           entry.message->client_message_id.size();
}

void message_store::evict_oldest(std::uint32_t slot) {
    auto& entries = users_[slot].entries;
    bytes_ -= cost(entries.front());
    --entries_;
    entries.pop_front();
    if (entries.empty()) {
        entries.set_capacity(0);
        by_age_.remove(slot, links());
    } else if (entries.size() <= entries.capacity() / 4) {
        entries.set_capacity(entries.capacity() / 2);
    }
}

void message_store::evict_for_bytes() {
    while (bytes_ > options_.bytes_max) {
        evict_oldest(by_age_.first);
        ++evicted_for_bytes_;
    }
}

} // namespace wsd
