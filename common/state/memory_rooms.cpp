#include "common/state/memory_tables.hpp"

#include "common/state/entry_code.hpp"

#include <algorithm>

// The rooms of memory_tables.
namespace wsd {
namespace {

constexpr std::size_t room_bytes = 400;
constexpr std::size_t member_bytes = 80;
constexpr std::size_t entry_bytes = 8;

using member_rows = std::vector<member_row>;

member_rows::iterator place_of(member_rows& members, user_key user) {
    return std::lower_bound(members.begin(), members.end(), user,
                            [](const member_row& row, user_key wanted) { return row.user < wanted; });
}

member_rows::iterator find_row(member_rows& members, user_key user) {
    const auto at = place_of(members, user);
    return at != members.end() && at->user == user ? at : members.end();
}

} // namespace

memory_tables::posts* memory_tables::room_at(chat_key key) {
    const auto index = static_cast<std::uint64_t>(key) - first_room_key - 1;
    return is_room(key) && index < rooms_.size() ? &rooms_[index] : nullptr;
}

std::optional<room_row> memory_tables::find_room(const room_id& name) {
    const auto found = room_keys_.find(name);
    return found == room_keys_.end() ? std::nullopt : find_room(found->second);
}

std::optional<room_row> memory_tables::find_room(chat_key key) {
    const posts* room = room_at(key);
    return room == nullptr ? std::nullopt : std::optional(room->row);
}

std::optional<member_row> memory_tables::find_member(chat_key key, user_key who) {
    posts* room = room_at(key);
    if (room == nullptr) return std::nullopt;
    const auto found = find_row(room->members, who);
    if (found == room->members.end() || found->role == room_role::none) return std::nullopt;
    return *found;
}

void memory_tables::read_members(chat_key key, std::vector<member_row>& out) {
    const posts* room = room_at(key);
    if (room != nullptr) out.insert(out.end(), room->members.begin(), room->members.end());
}

void memory_tables::read_rooms(user_key key, std::vector<room_row>& out) {
    if (key == user_key::none) {
        for (const posts& room : rooms_)
            if (room.row.alive) out.push_back(room.row);
        return;
    }
    const user* row = at(key);
    if (row == nullptr) return;
    for (const chat_key room : row->rooms) out.push_back(room_at(room)->row);
}

chat_key memory_tables::add_room(const room_id& name) {
    const auto key = static_cast<chat_key>(first_room_key + rooms_.size() + 1);
    rooms_.push_back({.row = {.key = key, .head = {.id = name}}});
    room_keys_.emplace(name, key);
    bytes_ += room_bytes + 2 * name.value.size();
    return key;
}

void memory_tables::put_room(const room_row& row) {
    posts* room = room_at(row.key);
    if (room == nullptr) return;
    if (row.alive != room->row.alive) row.alive ? ++rooms_alive_ : --rooms_alive_;
    room->row = row;
}

void memory_tables::put_member(chat_key key, const member_row& member) {
    posts* room = room_at(key);
    user* who = at(member.user);
    if (room == nullptr || who == nullptr) return;
    const auto found = find_row(room->members, member.user);
    const bool was = found != room->members.end() && found->role != room_role::none;
    if (found == room->members.end()) {
        room->members.insert(place_of(room->members, member.user), member);
        bytes_ += member_bytes;
    } else {
        *found = member;
    }
    const bool is = member.role != room_role::none;
    if (is && !was) who->rooms.push_back(key);
    if (was && !is) std::erase(who->rooms, key);
}

void memory_tables::set_positions(chat_key key, const member_row& member) {
    posts* room = room_at(key);
    if (room == nullptr) return;
    const auto found = find_row(room->members, member.user);
    if (found == room->members.end()) return;
    found->delivered = member.delivered;
    found->read = member.read;
}

void memory_tables::remove_member(chat_key key, user_key who) {
    posts* room = room_at(key);
    if (room == nullptr) return;
    const auto found = find_row(room->members, who);
    if (found == room->members.end()) return;
    room->members.erase(found);
    std::erase(at(who)->rooms, key);
    bytes_ -= member_bytes;
}

void memory_tables::clear_room(chat_key key) {
    posts* room = room_at(key);
    if (room == nullptr) return;
    for (const member_row& member : room->members) std::erase(at(member.user)->rooms, key);
    bytes_ -= room->members.size() * member_bytes;
    room->members.clear();
    room->ended = room->places.size();
    to_blank_.push_back(key);
}

std::uint64_t memory_tables::ended_up_to(chat_key key) {
    const posts* room = room_at(key);
    return room == nullptr ? 0 : room->ended;
}

void memory_tables::blank_ended(std::size_t max) {
    std::size_t done = 0;
    while (done < max && !to_blank_.empty()) {
        posts& room = *room_at(to_blank_.front());
        const auto to = std::min(room.ended, room.blanked + (max - done));
        done += to - room.blanked;
        for (; room.blanked < to; ++room.blanked) {
            if (full_message* message = message_at(decode_place(room.places[room.blanked]).offset)) blank(*message);
        }
        if (room.blanked == room.ended) to_blank_.pop_front();
    }
}

void memory_tables::add_posted(const message_row& row, const std::shared_ptr<const message_record>& record,
                               std::span<const entry_place> entries) {
    posts* room = room_at(row.chat);
    if (room == nullptr) return;
    messages_.push_back({row, record});
    add_entries(row, entries);
    bytes_ += cost_of(messages_.back());
    if (row.kind != entry_kind::message) return;
    room->places.push_back(encode_place({.offset = row.offset, .author = author_code(row.sender)}));
    if (!record->client_message_id.empty())
        client_ids_.add(client_code(hash_, row.sender, record->client_message_id), {row.chat, row.offset});
}

void memory_tables::add_entries(const message_row& row, std::span<const entry_place> entries) {
    for (const entry_place& place : entries) {
        if (user* who = at(place.user))
            who->entries.push_back(
                encode_entry({.offset = row.offset, .kind = row.kind, .own = place.user == row.sender}));
    }
    bytes_ += entries.size() * entry_bytes;
}

std::uint64_t memory_tables::count_rooms_of(user_key key) {
    const user* row = at(key);
    return row == nullptr ? 0 : row->rooms.size();
}

bool memory_tables::share_room(user_key a, user_key b) {
    const user* one = at(a);
    const user* other = at(b);
    if (one == nullptr || other == nullptr) return false;
    return std::any_of(one->rooms.begin(), one->rooms.end(), [other](chat_key room) {
        return std::find(other->rooms.begin(), other->rooms.end(), room) != other->rooms.end();
    });
}

void memory_tables::read_all_members(user_key after, std::size_t max, std::vector<user_key>& out) {
    for (auto key = static_cast<std::uint64_t>(after) + 1; key <= users_.size() && max > 0; ++key) {
        if (users_[key - 1].rooms.empty()) continue;
        out.push_back(static_cast<user_key>(key));
        --max;
    }
}

} // namespace wsd
