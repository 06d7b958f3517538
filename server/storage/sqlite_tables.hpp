#pragma once

#include "common/state/aging_tables.hpp"
#include "common/state/message_buffer.hpp"
#include "server/storage/shared_overlay.hpp"
#include "server/storage/sqlite_connection.hpp"
#include "server/storage/sqlite_exclusions.hpp"
#include "server/storage/sqlite_folder.hpp"
#include "server/storage/sqlite_lookups.hpp"
#include "server/storage/sqlite_oldest.hpp"
#include "server/storage/sqlite_room_writer.hpp"
#include "server/storage/sqlite_rows.hpp"

#include <cstdint>
#include <span>

namespace wsd {

// The writer's tables: rows in the database, the youngest part of the indexes in the overlay. One transaction at a
// time.
class sqlite_tables final : public sqlite_lookups<aging_tables> {
  public:
    // Of each user's log the newest entries_max entries count.
    sqlite_tables(sqlite_connection& connection, shared_overlay& overlay, const hash_seed& seed,
                  std::uint64_t entries_max);

    void begin();
    // Folds what is due and commits. False: nothing of the transaction counts.
    [[nodiscard]] bool commit();
    void roll_back();
    // Fills the overlay with what the tables lack of the messages' indexes. Fails as damaged when one of these messages
    // is missing or not as it was written, or when its numbers do not go on where those before it end.
    void rebuild_overlay();
    // Writes down what a later rebuild need not look at, and that the log was closed properly.
    [[nodiscard]] bool mark_closed();

    [[nodiscard]] bool failed() const override { return connection_.failed(); }
    [[nodiscard]] std::uint64_t removed_up_to() override { return removed_.offset; }

    [[nodiscard]] std::optional<user_row> find_user(const user_id& user) override;
    [[nodiscard]] std::optional<direct_row> find_direct(direct_pair users) override;
    void read_entries(user_key user, std::uint64_t from, std::uint64_t to, std::vector<entry_row>& out) override;
    [[nodiscard]] std::optional<message_row> find_message(std::uint64_t offset) override;
    [[nodiscard]] full_message read_message(std::uint64_t offset, std::uint16_t tag) override;
    [[nodiscard]] std::uint64_t find_chat_head(chat_key chat) override;
    void read_places(chat_key chat, std::uint64_t from, std::uint64_t to, std::vector<place_row>& out) override;
    [[nodiscard]] std::uint64_t count_deleted(chat_key chat, user_key reader, std::uint64_t from,
                                              std::uint64_t to) override;

    [[nodiscard]] last_message find_last_message() override;
    [[nodiscard]] std::uint64_t find_client_id(const client_key& key) override;
    [[nodiscard]] std::uint64_t find_newest_client_id(user_key sender, std::string_view client_id,
                                                      const offset_filter& counts) override;
    void read_devices(user_key user, std::vector<device_row>& out) override;
    [[nodiscard]] user_key add_user(const user_id& user) override;
    [[nodiscard]] chat_key add_direct(direct_pair users) override;
    void set_wrote(chat_key chat, bool low, bool high) override;
    void add_message(const message_row& row, const std::shared_ptr<const message_record>& record) override;
    void add_mutation(const message_row& row, std::span<const entry_place> entries) override;
    void change_message(const message_row& row, const std::shared_ptr<const message_record>& record,
                        std::uint64_t first_content) override;
    void set_link(std::uint64_t offset, std::uint64_t link) override;
    [[nodiscard]] std::uint64_t find_first_content(std::uint64_t offset) override;
    void set_state(std::uint64_t offset, message_state state) override;
    void set_settled(user_key user, std::uint64_t settled) override;
    void set_floor(user_key user, std::uint64_t floor) override;
    void read_users(user_key after, std::size_t max, std::vector<user_key>& out) override;
    [[nodiscard]] std::uint64_t find_first_since(timestamp time) override;
    void set_read_position(user_key user, chat_key chat, std::uint64_t chat_seq) override;
    void put_device(user_key user, const device_row& device) override;
    void remove_device(user_key user, const device_id& device) override;

    [[nodiscard]] chat_key add_room(const room_id& room) override { return rooms_.add(room); }
    void put_room(const room_row& row) override { rooms_.put(row); }
    void put_member(chat_key room, const member_row& member) override { rooms_.put_member(room, member); }
    void set_positions(chat_key room, const member_row& member) override { rooms_.set_positions(room, member); }
    void remove_member(chat_key room, user_key user) override { rooms_.remove_member(room, user); }
    void clear_room(chat_key room) override;
    [[nodiscard]] std::uint64_t ended_up_to(chat_key room) override { return rooms_.find_ended(room); }
    void blank_ended(std::size_t max) override;
    void remove_oldest(std::uint64_t below, std::size_t max) override;
    void add_posted(const message_row& row, const std::shared_ptr<const message_record>& record,
                    std::span<const entry_place> entries) override;
    [[nodiscard]] std::uint64_t count_rooms() override { return rooms_.count(); }
    [[nodiscard]] std::uint64_t count_rooms_of(user_key user) override { return rooms_.count_of(user); }
    [[nodiscard]] bool share_room(user_key a, user_key b) override { return rooms_.share(a, b); }
    void put_revocation(const revocation& what, timestamp now) override { exclusions_.put(what, now); }
    void put_suspension(const suspension& what) override { exclusions_.put(what); }
    void read_exclusions(std::vector<exclusion>& out) override { exclusions_.read(out); }

  private:
    class rebuilder;

    // Several rows with one statement cost half of what they cost one by one.
    static constexpr std::size_t buffer_max = 16;

    void check_last_message();
    void save_folded_mark(std::uint64_t distance);
    void drop_places();
    void write_messages();
    void write_messages(sqlite_statement& statement, std::span<const message_buffer::item> messages);
    [[nodiscard]] bool has_client_id(std::uint64_t offset, std::string_view client_id);
    void forget_client_id(const message_row& row);

    sqlite_connection& connection_;
    shared_overlay& overlay_;
    seeded_hash hash_;
    std::uint64_t entries_max_;
    sqlite_rows rows_;
    sqlite_room_writer rooms_;
    sqlite_exclusions exclusions_;
    sqlite_folder folder_;
    sqlite_oldest oldest_;
    message_buffer buffer_;
    sqlite_statement begin_;
    sqlite_statement commit_;
    sqlite_statement last_message_;
    sqlite_statement client_id_;
    sqlite_statement all_client_ids_;
    sqlite_statement client_id_of_;
    sqlite_statement devices_;
    sqlite_statement add_user_;
    sqlite_statement add_direct_;
    sqlite_statement set_wrote_;
    sqlite_statement add_message_;
    sqlite_statement add_messages_;
    sqlite_statement add_mutation_;
    sqlite_statement change_message_;
    sqlite_statement set_link_;
    sqlite_statement first_content_;
    sqlite_statement set_state_;
    sqlite_statement set_settled_;
    sqlite_statement set_floor_;
    sqlite_statement trim_log_;
    sqlite_statement users_after_;
    sqlite_statement message_from_;
    sqlite_statement set_read_position_;
    sqlite_statement put_device_;
    sqlite_statement remove_device_;
    sqlite_statement set_folded_;
    std::uint64_t folded_mark_; // as in the table meta
    last_message removed_;      // by age, likewise
    std::uint64_t fold_below_ = 0;
    std::uint64_t places_from_; // lowest offset that may have a row in room_entries
};

} // namespace wsd
