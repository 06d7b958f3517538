#include "common/state/memory_tables.hpp"

#include "common/state/entry_code.hpp"

#include <algorithm>

namespace wsd {
namespace {

// What rows take beside their texts, measured roughly: maps, control blocks and all.
constexpr std::size_t user_bytes = 300;
constexpr std::size_t direct_bytes = 200;
constexpr std::size_t device_bytes = 64;

template <class Key> std::size_t index_of(Key key) { return static_cast<std::size_t>(key) - 1; }

} // namespace

memory_tables::user* memory_tables::at(user_key key) {
    return index_of(key) < users_.size() ? &users_[index_of(key)] : nullptr;
}
memory_tables::direct* memory_tables::at(chat_key key) {
    return index_of(key) < directs_.size() ? &directs_[index_of(key)] : nullptr;
}

std::optional<user_row> memory_tables::find_user(const user_id& name) {
    const auto found = user_keys_.find(name);
    if (found == user_keys_.end()) return std::nullopt;
    const user& row = *at(found->second);
    user_row known{.key = found->second,
                   .head = row.head(),
                   .floor = row.first,
                   .settled = row.settled,
                   .stored_floor = row.first};
    apply_retention(known, entries_max_);
    return known;
}

user_id memory_tables::user_name(user_key key) {
    const user* row = at(key);
    return row != nullptr ? row->name : user_id{};
}

std::optional<direct_row> memory_tables::find_direct(direct_pair users) {
    const auto found = direct_keys_.find(users);
    if (found == direct_keys_.end()) return std::nullopt;
    return at(found->second)->row;
}

void memory_tables::read_entries(user_key key, std::uint64_t from, std::uint64_t to, std::vector<entry_row>& out) {
    const user* row = at(key);
    if (row == nullptr) return;
    const auto last = std::min(to, row->head());
    for (auto seq = std::max(from, row->first); seq <= last; ++seq)
        out.push_back(decode_entry(row->entries[seq - row->first]));
}

std::optional<message_row> memory_tables::find_message(std::uint64_t offset) {
    const full_message* message = message_at(offset);
    if (message == nullptr) return std::nullopt;
    message_row row = message->row;
    row.state = state_of(row);
    return row;
}

log_source::full_message memory_tables::read_message(std::uint64_t offset, std::uint16_t) {
    const full_message* message = message_at(offset);
    if (message == nullptr) return {};
    full_message found = *message;
    found.row.state = state_of(found.row);
    return found;
}

message_state memory_tables::state_of(const message_row& row) {
    const user* recipient = row.kind == entry_kind::message && row.recipient_seq != 0 ? at(row.recipient) : nullptr;
    return recipient != nullptr && row.recipient_seq <= recipient->settled
               ? std::max(row.state, message_state::delivered)
               : row.state;
}

std::uint64_t memory_tables::find_read_position(user_key key, chat_key chat) {
    const direct* row = at(chat);
    if (row == nullptr) return 0;
    return row->users.low == key ? row->low_read : row->high_read;
}

void memory_tables::read_directs(user_key key, std::vector<direct_place>& out) {
    const user* row = at(key);
    if (row == nullptr) return;
    for (const chat_key chat : row->chats) out.push_back({.chat = chat, .users = at(chat)->users});
}

std::uint64_t memory_tables::find_chat_head(chat_key chat) {
    if (const posts* room = room_at(chat)) return room->places.size();
    const direct* row = at(chat);
    return row != nullptr ? row->places.size() : 0;
}

void memory_tables::read_places(chat_key chat, std::uint64_t from, std::uint64_t to, std::vector<place_row>& out) {
    const posts* room = room_at(chat);
    const direct* row = at(chat);
    if (room == nullptr && row == nullptr) return;
    const auto& places = room != nullptr ? room->places : row->places;
    const auto last = std::min<std::uint64_t>(to, places.size());
    for (auto number = std::max<std::uint64_t>(from, 1); number <= last; ++number)
        out.push_back(decode_place(places[number - 1]));
}

std::uint64_t memory_tables::count_deleted(chat_key chat, user_key reader, std::uint64_t from, std::uint64_t to) {
    const posts* room = room_at(chat);
    const direct* row = at(chat);
    if (room == nullptr && row == nullptr) return 0;
    const auto& deleted = room != nullptr ? room->deleted : row->deleted;
    const auto counts = [&](std::uint64_t offset) {
        const message_row& message = message_at(offset)->row;
        return message.sender != reader && message.chat_seq >= from && message.chat_seq <= to;
    };
    return static_cast<std::uint64_t>(std::count_if(deleted.begin(), deleted.end(), counts));
}

void memory_tables::read_contacts(user_key key, contact_place& place, std::size_t max, std::vector<user_id>& out) {
    const user* row = at(key);
    if (row == nullptr) return;
    const auto& chats = row->chats; // ascending
    for (auto next = std::upper_bound(chats.begin(), chats.end(), static_cast<chat_key>(place.chat));
         next != chats.end() && max > 0; ++next) {
        place.chat = static_cast<std::uint64_t>(*next);
        const direct& pair = *at(*next);
        if (!pair.row.low_wrote || !pair.row.high_wrote) continue;
        --max;
        out.push_back(user_name(pair.users.low == key ? pair.users.high : pair.users.low));
    }
}

log_tables::last_message memory_tables::find_last_message() {
    if (messages_.empty()) return removed_;
    return {.offset = messages_.back().row.offset, .sent_at = messages_.back().row.sent_at};
}

std::uint64_t memory_tables::find_client_id(const client_key& key) {
    return client_ids_.find(client_code(hash_, key.sender, key.client_id), [&](const client_id_index::place& at) {
        return at.chat == key.chat && has_client_id(at.offset, key.client_id);
    });
}

std::uint64_t memory_tables::find_newest_client_id(user_key sender, std::string_view client_id,
                                                   const offset_filter& counts) {
    return client_ids_.find(client_code(hash_, sender, client_id), [&](const client_id_index::place& at) {
        return has_client_id(at.offset, client_id) && counts(at.offset);
    });
}

void memory_tables::read_devices(user_key key, std::vector<device_row>& out) {
    const user* row = at(key);
    if (row != nullptr) out.insert(out.end(), row->devices.begin(), row->devices.end());
}

user_key memory_tables::add_user(const user_id& name) {
    users_.push_back({.name = name});
    const auto key = static_cast<user_key>(users_.size());
    user_keys_.emplace(name, key);
    bytes_ += user_bytes + 2 * name.value.size();
    return key;
}

chat_key memory_tables::add_direct(direct_pair users) {
    const auto key = static_cast<chat_key>(directs_.size() + 1);
    directs_.push_back({.users = users, .row = {.key = key}});
    direct_keys_.emplace(users, key);
    for (const user_key member : {users.low, users.high}) {
        if (user* row = at(member)) row->chats.push_back(key);
    }
    bytes_ += direct_bytes;
    return key;
}

void memory_tables::set_wrote(chat_key chat, bool low, bool high) {
    direct* row = at(chat);
    if (row == nullptr) return;
    row->row.low_wrote = low;
    row->row.high_wrote = high;
}

void memory_tables::add_message(const message_row& row, const std::shared_ptr<const message_record>& record) {
    user* sender = at(row.sender);
    user* recipient = at(row.recipient);
    direct* chat = at(row.chat);
    if (sender == nullptr || recipient == nullptr || chat == nullptr) return;
    messages_.push_back({row, record});
    sender->entries.push_back(encode_entry({.offset = row.offset, .own = true}));
    recipient->entries.push_back(encode_entry({.offset = row.offset}));
    chat->row.head = row.chat_seq;
    chat->places.push_back(encode_place({.offset = row.offset, .by_low = row.sender == chat->users.low}));
    if (!record->client_message_id.empty()) {
        client_ids_.add(client_code(hash_, row.sender, record->client_message_id), {row.chat, row.offset});
    }
    bytes_ += cost_of(messages_.back());
}

void memory_tables::add_mutation(const message_row& row, std::span<const entry_place> entries) {
    if (is_room(row.chat)) {
        messages_.push_back({row, nullptr});
        bytes_ += cost_of(messages_.back());
        return add_entries(row, entries);
    }
    user* sender = at(row.sender);
    user* recipient = at(row.recipient);
    if (sender == nullptr || recipient == nullptr) return;
    messages_.push_back({row, nullptr});
    sender->entries.push_back(encode_entry({.offset = row.offset, .kind = row.kind, .own = true}));
    recipient->entries.push_back(encode_entry({.offset = row.offset, .kind = row.kind}));
    bytes_ += cost_of(messages_.back());
}

void memory_tables::change_message(const message_row& row, const std::shared_ptr<const message_record>& record,
                                   std::uint64_t first_content) {
    full_message* found = message_at(row.offset);
    if (found == nullptr) return;
    full_message& message = *found;
    if (row.deleted_at != 0 && message.row.deleted_at == 0) {
        if (direct* chat = at(row.chat)) chat->deleted.push_back(row.offset);
        if (posts* room = room_at(row.chat)) room->deleted.push_back(row.offset);
    }
    bytes_ -= cost_of(message);
    first_contents_.try_emplace(row.offset, first_content);
    message = {row, record};
    bytes_ += cost_of(message);
}

void memory_tables::set_link(std::uint64_t offset, std::uint64_t link) {
    if (full_message* message = message_at(offset)) message->row.link = link;
}

std::uint64_t memory_tables::find_first_content(std::uint64_t offset) {
    const auto found = first_contents_.find(offset);
    return found != first_contents_.end() ? found->second : 0;
}

void memory_tables::set_state(std::uint64_t offset, message_state state) {
    if (full_message* message = message_at(offset)) message->row.state = state;
}

void memory_tables::set_settled(user_key key, std::uint64_t settled) {
    if (user* row = at(key)) row->settled = settled;
}

void memory_tables::set_floor(user_key key, std::uint64_t floor) {
    user* row = at(key);
    if (row == nullptr) return;
    for (; row->first < floor && !row->entries.empty(); ++row->first) row->entries.pop_front();
}

void memory_tables::read_users(user_key after, std::size_t max, std::vector<user_key>& out) {
    const auto begin = static_cast<std::uint64_t>(after) + 1;
    for (auto key = begin; key <= users_.size() && key - begin < max; ++key) out.push_back(static_cast<user_key>(key));
}

std::uint64_t memory_tables::find_first_since(timestamp time) {
    const auto at = std::partition_point(messages_.begin(), messages_.end(),
                                         [time](const full_message& message) { return message.row.sent_at < time; });
    return removed_.offset + static_cast<std::uint64_t>(at - messages_.begin()) + 1;
}

void memory_tables::set_read_position(user_key key, chat_key chat, std::uint64_t chat_seq) {
    direct* row = at(chat);
    if (row == nullptr) return;
    (row->users.low == key ? row->low_read : row->high_read) = chat_seq;
}

void memory_tables::put_device(user_key key, const device_row& device) {
    user* row = at(key);
    if (row == nullptr) return;
    const auto known = std::find_if(row->devices.begin(), row->devices.end(),
                                    [&](const device_row& other) { return other.device == device.device; });
    if (known != row->devices.end()) {
        *known = device;
        return;
    }
    row->devices.push_back(device);
    bytes_ += device_bytes + device.device.value.size();
}

void memory_tables::remove_device(user_key key, const device_id& device) {
    user* row = at(key);
    if (row == nullptr) return;
    const auto removed = std::erase_if(row->devices, [&](const device_row& other) { return other.device == device; });
    bytes_ -= removed * (device_bytes + device.value.size());
}

} // namespace wsd
