#pragma once

#include "common/state/log_tables.hpp"
#include "server/storage/sqlite_connection.hpp"

#include <cstdint>
#include <span>

namespace wsd {

// Writes rooms and members, within the writer's transaction.
class sqlite_room_writer {
  public:
    explicit sqlite_room_writer(sqlite_connection& connection);

    [[nodiscard]] chat_key add(const room_id& room);
    void put(const room_row& row);
    void put_member(chat_key room, const member_row& member);
    void set_positions(chat_key room, const member_row& member);
    void remove_member(chat_key room, user_key user);
    void remove_members(chat_key room);
    void add_places(std::uint64_t offset, std::span<const entry_place> places);
    void remove_places(std::uint64_t from, std::uint64_t to);          // offsets
    [[nodiscard]] std::uint64_t first_places(std::uint64_t otherwise); // lowest offset that has them
    // Of a message nothing is left but its places; `checksum` is that of what is left.
    void blank_message(std::uint64_t offset, std::uint64_t checksum);
    [[nodiscard]] std::uint64_t count();
    [[nodiscard]] std::uint64_t count_of(user_key user);
    [[nodiscard]] bool share(user_key a, user_key b); // a room

  private:
    sqlite_connection& connection_;
    sqlite_statement add_;
    sqlite_statement put_;
    sqlite_statement put_member_;
    sqlite_statement set_positions_;
    sqlite_statement remove_member_;
    sqlite_statement remove_members_;
    sqlite_statement add_places_;
    sqlite_statement remove_places_;
    sqlite_statement first_places_;
    sqlite_statement blank_;
    sqlite_statement count_;
    sqlite_statement count_of_;
    sqlite_statement share_;
};

} // namespace wsd
