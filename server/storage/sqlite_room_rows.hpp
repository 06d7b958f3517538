#pragma once

#include "common/state/log_tables.hpp"
#include "server/storage/sqlite_connection.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace wsd {

// Number `index` of a blob of 64-bit numbers, lowest octet first.
[[nodiscard]] std::uint64_t read_code(std::string_view bytes, std::size_t index);

// What a blob of such numbers must match, of whatever and beginning wherever it is.
[[nodiscard]] std::uint64_t checksum_of(std::uint64_t owner, std::uint64_t first, std::string_view bytes);

// What the database says of rooms, read with one connection. Belongs to the thread of the connection.
class sqlite_room_rows {
  public:
    explicit sqlite_room_rows(sqlite_connection& connection);

    [[nodiscard]] std::optional<room_row> find(const room_id& room);
    [[nodiscard]] std::optional<room_row> find(chat_key room);
    [[nodiscard]] room_id find_id(chat_key room);
    [[nodiscard]] std::optional<member_row> find_member(chat_key room, user_key user);
    void read_members(chat_key room, std::vector<member_row>& out);
    // None, or other than were written: fails as damaged.
    [[nodiscard]] std::vector<entry_place> read_places(std::uint64_t offset);
    void read(user_key user, std::vector<room_row>& out); // none: all that are alive
    void read_all_members(user_key after, std::size_t max, std::vector<user_key>& out);

  private:
    sqlite_connection& connection_;
    sqlite_statement by_id_;
    sqlite_statement by_key_;
    sqlite_statement id_;
    sqlite_statement member_;
    sqlite_statement members_;
    sqlite_statement places_;
    sqlite_statement of_user_;
    sqlite_statement all_;
    sqlite_statement all_members_;
};

} // namespace wsd
