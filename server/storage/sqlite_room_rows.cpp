#include "server/storage/sqlite_room_rows.hpp"

#include "server/storage/row_checksum.hpp"

#include <string>

namespace wsd {
namespace {

#define WSD_ROOM_COLUMNS                                                                                               \
    "rooms.id, rooms.room, alive, name, thumbnail_url, policy, created_at, created_by, version, updated_at, members"
#define WSD_MEMBER_COLUMNS "user, role, joined_at, since, delivered, read"

room_row read_room(const sqlite_statement& from) {
    return {.key = static_cast<chat_key>(from.number(0) + first_room_key),
            .alive = from.number(2) != 0,
            .head = {.id = {std::string(from.text(1))},
                     .name = std::string(from.text(3)),
                     .thumbnail_url = std::string(from.text(4)),
                     .policy = static_cast<join_policy>(from.number(5)),
                     .created_at = static_cast<timestamp>(from.number(6)),
                     .created_by = {std::string(from.text(7))},
                     .version = from.number(8),
                     .updated_at = static_cast<timestamp>(from.number(9)),
                     .member_count = from.number(10)}};
}

member_row read_member(const sqlite_statement& from) {
    return {.user = static_cast<user_key>(from.number(0)),
            .role = static_cast<room_role>(from.number(1)),
            .joined_at = static_cast<timestamp>(from.number(2)),
            .since = from.number(3),
            .delivered = from.number(4),
            .read = from.number(5)};
}

std::optional<room_row> read_one(sqlite_statement& from) {
    std::optional<room_row> row;
    if (from.step()) row = read_room(from);
    from.reset();
    return row;
}

std::uint64_t number_of(chat_key room) { return static_cast<std::uint64_t>(room) - first_room_key; }

} // namespace

std::uint64_t read_code(std::string_view bytes, std::size_t index) {
    std::uint64_t code = 0;
    for (std::size_t i = 8; i-- > 0;) code = code << 8 | static_cast<unsigned char>(bytes[index * 8 + i]);
    return code;
}

std::uint64_t checksum_of(std::uint64_t owner, std::uint64_t first, std::string_view bytes) {
    row_checksum sum(owner);
    sum.add(first);
    sum.add(bytes);
    return sum.value();
}

sqlite_room_rows::sqlite_room_rows(sqlite_connection& connection)
    : connection_(connection), by_id_(connection, "SELECT " WSD_ROOM_COLUMNS " FROM rooms WHERE room=?"),
      by_key_(connection, "SELECT " WSD_ROOM_COLUMNS " FROM rooms WHERE id=?"),
      id_(connection, "SELECT room FROM rooms WHERE id=?"),
      member_(connection, "SELECT " WSD_MEMBER_COLUMNS " FROM members WHERE room=? AND user=? AND role>0"),
      members_(connection, "SELECT " WSD_MEMBER_COLUMNS " FROM members WHERE room=?"),
      places_(connection, "SELECT places, checksum FROM room_entries WHERE message=?"),
      of_user_(connection, "SELECT " WSD_ROOM_COLUMNS " FROM members AS m CROSS JOIN rooms "
                           "ON rooms.id=m.room-1099511627776 WHERE m.user=? AND m.role>0"),
      all_(connection, "SELECT " WSD_ROOM_COLUMNS " FROM rooms WHERE alive=1"),
      all_members_(connection, "SELECT DISTINCT user FROM members WHERE user>? AND role>0 ORDER BY user LIMIT ?") {
    static_assert(first_room_key == 1099511627776);
}

std::optional<room_row> sqlite_room_rows::find(const room_id& room) { return read_one(by_id_.bind(room.value)); }

std::optional<room_row> sqlite_room_rows::find(chat_key room) { return read_one(by_key_.bind(number_of(room))); }

room_id sqlite_room_rows::find_id(chat_key room) {
    room_id id;
    if (id_.bind(number_of(room)).step()) id.value = id_.text(0);
    id_.reset();
    return id;
}

std::optional<member_row> sqlite_room_rows::find_member(chat_key room, user_key user) {
    std::optional<member_row> row;
    if (member_.bind(room, user).step()) row = read_member(member_);
    member_.reset();
    return row;
}

void sqlite_room_rows::read_members(chat_key room, std::vector<member_row>& out) {
    members_.bind(room);
    while (members_.step()) out.push_back(read_member(members_));
}

std::vector<entry_place> sqlite_room_rows::read_places(std::uint64_t offset) {
    std::vector<entry_place> places;
    bool intact = false;
    if (places_.bind(offset).step()) {
        const auto bytes = places_.bytes(0);
        intact = checksum_of(offset, 0, bytes) == places_.number(1);
        for (std::size_t i = 0; i + 1 < bytes.size() / 8; i += 2)
            places.push_back({.user = static_cast<user_key>(read_code(bytes, i)), .seq = read_code(bytes, i + 1)});
    }
    places_.reset();
    if (!intact) connection_.note_damage("the entries of message " + std::to_string(offset) + " are not as written");
    return places;
}

void sqlite_room_rows::read(user_key user, std::vector<room_row>& out) {
    sqlite_statement& from = user == user_key::none ? all_ : of_user_.bind(user);
    while (from.step()) out.push_back(read_room(from));
}

void sqlite_room_rows::read_all_members(user_key after, std::size_t max, std::vector<user_key>& out) {
    all_members_.bind(after, max);
    while (all_members_.step()) out.push_back(static_cast<user_key>(all_members_.number(0)));
}

} // namespace wsd
