#pragma once

#include "common/state/log_tables.hpp"
#include "server/storage/sqlite_connection.hpp"

#include <cstdint>
#include <optional>
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

    // A room of whose ended ones not all messages were blanked; `blanked` is the chat_seq up to which they were.
    struct unfinished_room {
        chat_key key = chat_key::none;
        std::uint64_t blanked = 0;
        std::uint64_t ended = 0;
    };
    [[nodiscard]] std::optional<unfinished_room> find_unfinished();
    [[nodiscard]] std::uint64_t find_ended(chat_key room); // chat_seq, see aging_tables
    void set_ended(chat_key room, std::uint64_t chat_seq);
    void set_blanked(chat_key room, std::uint64_t chat_seq);
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
    sqlite_statement unfinished_;
    sqlite_statement find_ended_;
    sqlite_statement set_ended_;
    sqlite_statement set_blanked_;
    sqlite_statement blank_;
    sqlite_statement count_;
    sqlite_statement count_of_;
    sqlite_statement share_;
};

} // namespace wsd
