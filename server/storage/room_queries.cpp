#include "server/storage/room_queries.hpp"

#include "common/state/room.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace wsd {
namespace {

bool newer(const listed_room& a, const listed_room& b) {
    if (a.head.updated_at != b.head.updated_at) return a.head.updated_at > b.head.updated_at;
    return a.head.id < b.head.id;
}

} // namespace

room_lookup find_room(log_source& source, const room_request& request) {
    const auto user = source.find_user(request.user);
    const auto row = user ? source.find_room(request.room) : std::nullopt;
    if (!row || !row->alive || !source.find_member(row->key, user->key)) return std::nullopt;
    std::vector<member_row> rows;
    source.read_members(row->key, rows);
    std::vector<room::member> members;
    members.reserve(rows.size());
    for (const member_row& each : rows) members.push_back({source.user_name(each.user), each});
    return room(*row, std::move(members), 0).view();
}

room_list list_rooms(log_source& source, const room_list_request& request) {
    room_list list;
    const auto user = source.find_user(request.user);
    if (!user && !request.all) return list;
    std::vector<room_row> rows;
    source.read_rooms(request.all ? user_key::none : user->key, rows);
    list.rooms.reserve(rows.size());
    for (room_row& row : rows) list.rooms.push_back({.head = std::move(row.head)});
    const auto shown = std::min(list.rooms.size(), request.max);
    std::partial_sort(list.rooms.begin(), list.rooms.begin() + static_cast<std::ptrdiff_t>(shown), list.rooms.end(),
                      newer);
    list.more = shown < list.rooms.size();
    list.rooms.resize(shown);
    if (request.all) return list;
    for (listed_room& each : list.rooms) {
        const auto row = source.find_room(each.head.id);
        const auto member = row ? source.find_member(row->key, user->key) : std::nullopt;
        if (member) each.role = member->role;
    }
    return list;
}

contact_list list_contacts(log_source& source, const contacts_request& request) {
    contact_list found{.users = {}, .rooms = {}, .last = request.after};
    const auto row = source.find_user(request.user);
    if (!row) return found;
    source.read_contacts(row->key, found.last, request.max, found.users);
    if (found.users.size() == request.max) return found;
    std::vector<room_row> rooms;
    source.read_rooms(row->key, rooms);
    found.rooms.reserve(rooms.size());
    for (room_row& room : rooms) found.rooms.push_back(std::move(room.head.id));
    return found;
}

member_page read_members(log_source& source, const members_request& request) {
    member_page page;
    std::vector<user_key> keys;
    source.read_all_members(static_cast<user_key>(request.after), request.max, keys);
    page.users.reserve(keys.size());
    for (const user_key key : keys) page.users.push_back(source.user_name(key));
    if (!keys.empty()) page.last = static_cast<std::uint64_t>(keys.back());
    return page;
}

message_state state_for(const member_row& member, const message_row& row) {
    if (row.sender == member.user || row.chat_seq > member.delivered) return message_state::sent;
    return row.chat_seq > member.read ? message_state::delivered : message_state::read;
}

room_sight::seen room_sight::look(const message_row& row) {
    if (!is_room(row.chat)) return {.state = row.state};
    const bool concerns_user =
        row.kind == entry_kind::room_deleted || (row.kind != entry_kind::message && row.recipient == user_);
    if (concerns_user) return {};
    if (row.chat != last_) member_ = source_.find_member(row.chat, user_);
    last_ = row.chat;
    if (!member_ || row.offset <= member_->since) return {.hidden = true};
    return {.state = row.kind == entry_kind::message ? state_for(*member_, row) : message_state::sent};
}

bool room_sight::is_undelivered(const message_row& row) {
    const seen now = look(row);
    return !now.hidden && now.state == message_state::sent;
}

} // namespace wsd
