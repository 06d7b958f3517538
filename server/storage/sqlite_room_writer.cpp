#include "server/storage/sqlite_room_writer.hpp"

#include "server/storage/sqlite_room_rows.hpp"

#include <string>

namespace wsd {
namespace {

void append_number(std::string& bytes, std::uint64_t number) {
    for (int i = 0; i < 8; ++i, number >>= 8) bytes += static_cast<char>(number & 0xff);
}

} // namespace

sqlite_room_writer::sqlite_room_writer(sqlite_connection& connection)
    : connection_(connection), add_(connection, "INSERT INTO rooms(room) VALUES(?)"),
      put_(connection, "UPDATE rooms SET alive=?, name=?, thumbnail_url=?, policy=?, created_at=?, created_by=?, "
                       "version=?, updated_at=?, members=? WHERE id=?"),
      put_member_(connection, "INSERT OR REPLACE INTO members(room, user, role, joined_at, since, delivered, read) "
                              "VALUES(?,?,?,?,?,?,?)"),
      set_positions_(connection, "UPDATE members SET delivered=?, read=? WHERE room=? AND user=?"),
      remove_member_(connection, "DELETE FROM members WHERE room=? AND user=?"),
      remove_members_(connection, "DELETE FROM members WHERE room=?"),
      add_places_(connection, "INSERT INTO room_entries(message, places, checksum) VALUES(?,?,?)"),
      remove_places_(connection, "DELETE FROM room_entries WHERE message>=? AND message<=?"),
      first_places_(connection, "SELECT message FROM room_entries ORDER BY message LIMIT 1"),
      unfinished_(connection, "SELECT id, blanked, ended FROM rooms WHERE blanked<ended ORDER BY id LIMIT 1"),
      find_ended_(connection, "SELECT ended FROM rooms WHERE id=?"),
      set_ended_(connection, "UPDATE rooms SET ended=? WHERE id=?"),
      set_blanked_(connection, "UPDATE rooms SET blanked=? WHERE id=?"),
      blank_(connection, "UPDATE messages SET type=NULL, content=NULL, client_id=NULL, checksum=? WHERE id=?"),
      count_(connection, "SELECT count(*) FROM rooms WHERE alive=1"),
      count_of_(connection, "SELECT count(*) FROM members WHERE user=? AND role>0"),
      share_(connection, "SELECT 1 FROM members AS a CROSS JOIN members AS b ON b.room=a.room "
                         "WHERE a.user=? AND a.role>0 AND b.user=? AND b.role>0 LIMIT 1") {}

chat_key sqlite_room_writer::add(const room_id& room) {
    if (!add_.bind(room.value).run()) return chat_key::none;
    return static_cast<chat_key>(connection_.last_insert_id() + first_room_key);
}

void sqlite_room_writer::put(const room_row& row) {
    const room_head& head = row.head;
    put_.bind(row.alive, head.name, head.thumbnail_url, head.policy, head.created_at, head.created_by.value,
              head.version, head.updated_at, head.member_count, static_cast<std::uint64_t>(row.key) - first_room_key)
        .run();
}

void sqlite_room_writer::put_member(chat_key room, const member_row& member) {
    put_member_.bind(room, member.user, member.role, member.joined_at, member.since, member.delivered, member.read)
        .run();
}

void sqlite_room_writer::set_positions(chat_key room, const member_row& member) {
    set_positions_.bind(member.delivered, member.read, room, member.user).run();
}

void sqlite_room_writer::remove_member(chat_key room, user_key user) { remove_member_.bind(room, user).run(); }

void sqlite_room_writer::remove_members(chat_key room) { remove_members_.bind(room).run(); }

void sqlite_room_writer::add_places(std::uint64_t offset, std::span<const entry_place> places) {
    std::string bytes;
    bytes.reserve(places.size() * 16);
    for (const entry_place& place : places) {
        append_number(bytes, static_cast<std::uint64_t>(place.user));
        append_number(bytes, place.seq);
    }
    add_places_.bind(offset, sqlite_blob{bytes}, checksum_of(offset, 0, bytes)).run();
}

void sqlite_room_writer::remove_places(std::uint64_t from, std::uint64_t to) { remove_places_.bind(from, to).run(); }

std::uint64_t sqlite_room_writer::first_places(std::uint64_t otherwise) {
    const std::uint64_t offset = first_places_.step() ? first_places_.number(0) : otherwise;
    first_places_.reset();
    return offset;
}

std::optional<sqlite_room_writer::unfinished_room> sqlite_room_writer::find_unfinished() {
    std::optional<unfinished_room> room;
    if (unfinished_.step())
        room = unfinished_room{.key = static_cast<chat_key>(unfinished_.number(0) + first_room_key),
                               .blanked = unfinished_.number(1),
                               .ended = unfinished_.number(2)};
    unfinished_.reset();
    return room;
}

std::uint64_t sqlite_room_writer::find_ended(chat_key room) {
    const auto number = static_cast<std::uint64_t>(room) - first_room_key;
    const std::uint64_t chat_seq = find_ended_.bind(number).step() ? find_ended_.number(0) : 0;
    find_ended_.reset();
    return chat_seq;
}

void sqlite_room_writer::set_ended(chat_key room, std::uint64_t chat_seq) {
    set_ended_.bind(chat_seq, static_cast<std::uint64_t>(room) - first_room_key).run();
}

void sqlite_room_writer::set_blanked(chat_key room, std::uint64_t chat_seq) {
    set_blanked_.bind(chat_seq, static_cast<std::uint64_t>(room) - first_room_key).run();
}

void sqlite_room_writer::blank_message(std::uint64_t offset, std::uint64_t checksum) {
    blank_.bind(checksum, offset).run();
}

std::uint64_t sqlite_room_writer::count() {
    const std::uint64_t rooms = count_.step() ? count_.number(0) : 0;
    count_.reset();
    return rooms;
}

std::uint64_t sqlite_room_writer::count_of(user_key user) {
    const std::uint64_t rooms = count_of_.bind(user).step() ? count_of_.number(0) : 0;
    count_of_.reset();
    return rooms;
}

bool sqlite_room_writer::share(user_key a, user_key b) {
    const bool found = share_.bind(a, b).step();
    share_.reset();
    return found;
}

} // namespace wsd
