#pragma once

#include "common/state/store_records.hpp"
#include "server/storage/message_log.hpp"
#include "server/storage/sqlite_log.hpp"
#include "tests/support/temporary_directory.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wsd::test {

// A log of the implementation under test with shorthands for one operation a commit.
class log_fixture {
  public:
    // "memory" or "sqlite"; the latter on a directory of its own that is removed at the end, and so small that a few
    // messages reach every part of it.
    explicit log_fixture(std::string_view implementation, const log_retention& keep = {});
    // "sqlite" with these options but for the directory.
    explicit log_fixture(const sqlite_options& options);
    ~log_fixture();
    log_fixture(const log_fixture&) = delete;
    log_fixture& operator=(const log_fixture&) = delete;

    [[nodiscard]] message_log& log() { return *log_; }
    [[nodiscard]] log_reader& reader();
    [[nodiscard]] bool survives_reopen() const { return directory_.has_value(); }
    void reopen(); // after a proper end
    [[nodiscard]] std::string file(const std::string& name) const { return directory_->file(name); }

    [[nodiscard]] std::vector<log_outcome> commit(const std::vector<log_operation>& operations);
    [[nodiscard]] log_outcome apply(log_operation operation);
    template <class Outcome> [[nodiscard]] Outcome apply_as(log_operation operation) {
        return std::get<Outcome>(apply(std::move(operation)));
    }

    [[nodiscard]] appended send(std::string from, std::string to, std::string content = "hi",
                                std::string client_id = "");
    [[nodiscard]] opened_user open(std::string user, std::string device = "", std::vector<std::string> pending = {});
    [[nodiscard]] confirmed deliver(std::string user, const message_id& id);
    [[nodiscard]] confirmed read(std::string user, const message_id& id);
    [[nodiscard]] confirmed up_to(std::string user, std::uint64_t seq, std::string device = "");

    [[nodiscard]] mutated edit(std::string user, const message_id& id, std::string content);
    [[nodiscard]] mutated erase(std::string user, const message_id& id);

    // One round of trim_logs over all users; how many logs begin later now.
    std::uint32_t trim();
    [[nodiscard]] chat_list chats(const std::string& user);
    // All of the user's chats as SNAPSHOT frames show them.
    [[nodiscard]] std::vector<conversation_state> conversations(const std::string& user);

    [[nodiscard]] resume_plan plan(const resume_request& request);
    // As a RESUME without a cursor, on a connection that began now.
    [[nodiscard]] resume_plan plan_default(const std::string& user);
    [[nodiscard]] log_page page(const std::string& user, std::uint64_t from, std::uint64_t to,
                                std::size_t max_entries = 200);
    // All that a replay of these entries shows.
    [[nodiscard]] std::vector<log_entry> replay(const std::string& user, std::uint64_t from, std::uint64_t to);

    timestamp now = 1'782'036'000'000;

  private:
    void open_log();

    std::optional<temporary_directory> directory_; // none: in memory
    sqlite_options options_;
    std::unique_ptr<message_log> log_;
    std::unique_ptr<log_reader> reader_;
};

} // namespace wsd::test
