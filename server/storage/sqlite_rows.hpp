#pragma once

#include "common/state/generation_map.hpp"
#include "common/state/log_tables.hpp"
#include "server/storage/sqlite_connection.hpp"
#include "server/storage/sqlite_room_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wsd {

// At most so many entries are in one row of the tables inbox and chat_log; a row is found by that. May not grow: rows
// of old would not be found.
inline constexpr std::size_t entries_per_row = 112;

// What is in the database file, read with one connection: all but what log_overlay still holds. Belongs to the thread
// of the connection; failures are the connection's.
class sqlite_rows {
  public:
    explicit sqlite_rows(sqlite_connection& connection);

    [[nodiscard]] std::uint64_t removed_up_to();
    [[nodiscard]] std::optional<user_key> find_user_key(const user_id& user);
    struct user_marks {
        std::uint64_t floor = 1;
        std::uint64_t settled = 0;
    };
    [[nodiscard]] user_marks read_marks(user_key user);
    [[nodiscard]] user_id user_name(user_key user);
    [[nodiscard]] std::optional<direct_row> find_direct(direct_pair users); // head: that of the table
    [[nodiscard]] std::uint64_t log_end(user_key user);                     // highest seq in the table, 0: none
    [[nodiscard]] std::uint64_t chat_end(chat_key chat);
    void read_places(chat_key chat, std::uint64_t from, std::uint64_t to, std::vector<place_row>& out);
    void read_directs(user_key user, std::vector<direct_place>& out);
    void read_entries(user_key user, std::uint64_t from, std::uint64_t to, std::vector<entry_row>& out);
    [[nodiscard]] std::optional<message_row> find_message(std::uint64_t offset);
    [[nodiscard]] log_source::full_message read_message(std::uint64_t offset, std::uint16_t tag);
    // fn for the messages with higher offsets, ascending, with their texts; states are those of the rows alone. Ends
    // with the connection's failure at a row that is not as it was written.
    using message_reader = std::function<void(const message_row& row, const message_record& texts)>;
    void read_messages_above(std::uint64_t offset, const message_reader& fn);
    [[nodiscard]] std::uint64_t find_read_position(user_key user, chat_key chat);
    [[nodiscard]] std::uint64_t count_deleted(chat_key chat, user_key reader, std::uint64_t from, std::uint64_t to);
    void read_contacts(user_key user, contact_place& at, std::size_t max, std::vector<user_id>& out);
    [[nodiscard]] sqlite_room_rows& rooms() { return rooms_; }

  private:
    // The number of the last item of a run, 0: it has none.
    [[nodiscard]] std::uint64_t find_end(sqlite_statement& last_row, std::uint64_t owner);
    // fn(code) for the items from..to of a run, ascending, up to the first hole.
    template <class Owner, class Fn>
    void read_run(sqlite_statement& rows, Owner owner, std::uint64_t from, std::uint64_t to, Fn&& fn);

    static constexpr std::size_t names_max = 100'000;

    sqlite_connection& connection_;
    generation_map<user_key, user_id> names_;
    sqlite_room_rows rooms_;
    sqlite_statement removed_;
    sqlite_statement user_by_name_;
    sqlite_statement marks_;
    sqlite_statement name_;
    sqlite_statement direct_;
    sqlite_statement log_end_;
    sqlite_statement chat_end_;
    sqlite_statement entries_;
    sqlite_statement places_;
    sqlite_statement directs_;
    sqlite_statement message_;
    sqlite_statement full_message_;
    sqlite_statement read_position_;
    sqlite_statement deleted_;
    sqlite_statement older_contacts_;
    sqlite_statement newer_contacts_;
};

// What a row of `messages` must match, so that a flipped bit on the disk is an error and never somebody's message.
[[nodiscard]] std::uint64_t checksum_of(const message_row& row, const message_record& texts);

// A state as it is stored: in one byte whatever it is, so that a row keeps its size and its place when its state moves.
[[nodiscard]] constexpr std::uint64_t stored_state(message_state state) {
    return 16 + static_cast<std::uint64_t>(state);
}
// In the same place stands what a row is that is no message.
[[nodiscard]] constexpr std::uint64_t stored_kind(entry_kind kind) { return 32 + static_cast<std::uint64_t>(kind); }
[[nodiscard]] constexpr entry_kind kind_of(std::uint64_t stored) {
    return stored < stored_kind(entry_kind::message)
               ? entry_kind::message
               : static_cast<entry_kind>(stored - stored_kind(entry_kind::message));
}
[[nodiscard]] constexpr bool is_stored(std::uint64_t state) {
    return (state >= stored_state(message_state::sent) && state <= stored_state(message_state::read)) ||
           (state > stored_kind(entry_kind::message) && state <= stored_kind(entry_kind::room_deleted));
}
[[nodiscard]] constexpr std::uint64_t stored_as(const message_row& row) {
    return row.kind == entry_kind::message ? stored_state(row.state) : stored_kind(row.kind);
}
[[nodiscard]] constexpr message_state state_of(std::uint64_t stored) {
    return kind_of(stored) != entry_kind::message
               ? message_state::sent
               : static_cast<message_state>(stored - stored_state(message_state::sent));
}

} // namespace wsd
