#pragma once

#include "server/storage/chat_queries.hpp"
#include "server/storage/message_log.hpp"
#include "server/storage/shared_overlay.hpp"
#include "server/storage/sqlite_connection.hpp"
#include "server/storage/sqlite_lookups.hpp"
#include "server/storage/sqlite_rows.hpp"

namespace wsd {

// What a reader sees: a snapshot of the database and what the overlay holds beside it. The overlay is looked at first:
// what leaves it later is in the snapshot already, or a newer snapshot is taken.
class sqlite_source final : public sqlite_lookups<log_source> {
  public:
    sqlite_source(const sqlite_connection::options& how, const shared_overlay& overlay, std::uint64_t entries_max);

    [[nodiscard]] sqlite_connection& connection() { return connection_; }
    void begin_snapshot();
    void end_snapshot();

    [[nodiscard]] bool failed() const override { return connection_.failed(); }
    [[nodiscard]] std::uint64_t removed_up_to() { return rows_.removed_up_to(); }
    [[nodiscard]] std::optional<user_row> find_user(const user_id& user) override;
    [[nodiscard]] std::optional<direct_row> find_direct(direct_pair users) override;
    void read_entries(user_key user, std::uint64_t from, std::uint64_t to, std::vector<entry_row>& out) override;
    [[nodiscard]] std::optional<message_row> find_message(std::uint64_t offset) override {
        return rows_.find_message(offset);
    }
    [[nodiscard]] full_message read_message(std::uint64_t offset, std::uint16_t tag) override {
        return rows_.read_message(offset, tag);
    }
    [[nodiscard]] std::uint64_t find_chat_head(chat_key chat) override;
    void read_places(chat_key chat, std::uint64_t from, std::uint64_t to, std::vector<place_row>& out) override;
    [[nodiscard]] std::uint64_t count_deleted(chat_key chat, user_key reader, std::uint64_t from,
                                              std::uint64_t to) override {
        return rows_.count_deleted(chat, reader, from, to);
    }

  private:
    // Has read() append to `out` what the table has of from..to, from a snapshot that has all of it.
    template <class Row, class Read>
    void read_table(std::uint64_t from, std::uint64_t to, std::vector<Row>& out, Read&& read);

    sqlite_connection connection_;
    const shared_overlay& overlay_;
    std::uint64_t entries_max_;
    sqlite_rows rows_;
    sqlite_statement begin_;
    sqlite_statement end_;
};

class sqlite_reader final : public log_reader {
  public:
    sqlite_reader(const sqlite_connection::options& how, const shared_overlay& overlay, store_name name,
                  std::uint64_t entries_max);

    [[nodiscard]] bool failed() const { return source_.failed(); }

    [[nodiscard]] result<resume_plan> plan_resume(const resume_request& request) override;
    [[nodiscard]] result<log_page> read_page(const page_request& request) override;
    [[nodiscard]] result<chat_answer> ask(const chat_question& question) override;
    [[nodiscard]] result<contact_list> contacts(const contacts_request& request) override;
    [[nodiscard]] result<member_page> read_members(const members_request& request) override;
    [[nodiscard]] result<room_lookup> find_room(const room_request& request) override;
    [[nodiscard]] result<room_list> list_rooms(const room_list_request& request) override;

  private:
    // What `ask` finds. Messages that went by age while it was looking are no failure: it looks again.
    template <class Ask> [[nodiscard]] auto look(Ask&& ask);
    // Ends the snapshot; false: what was read is worthless. The next request begins afresh.
    [[nodiscard]] bool finish();

    store_name name_;
    sqlite_source source_;
};

} // namespace wsd
