#pragma once

#include "common/base/seeded_hash.hpp"
#include "common/state/log_tables.hpp"
#include "server/storage/sqlite_connection.hpp"

#include <cstddef>
#include <cstdint>

namespace wsd {

// Removes messages that are older than messages are kept, within the writer's transaction.
class sqlite_oldest {
  public:
    sqlite_oldest(sqlite_connection& connection, const hash_seed& seed);

    // What was removed last.
    [[nodiscard]] log_tables::last_message find_removed();
    // Removes what lies in the tables above `removed` and up to `to`, `max` rows at most, with what names it in other
    // tables, and writes down how far it has come, which it returns. All of it must be folded.
    [[nodiscard]] log_tables::last_message remove(const log_tables::last_message& removed, std::uint64_t to,
                                                  std::size_t max);

    void remove_client_id(std::uint64_t code, chat_key chat, std::uint64_t offset) {
        remove_client_id_.bind(code, chat, offset).run();
    }

  private:
    seeded_hash hash_;
    sqlite_statement find_removed_;
    sqlite_statement oldest_;
    sqlite_statement remove_client_id_;
    sqlite_statement remove_messages_;
    sqlite_statement trim_chat_;
    sqlite_statement set_removed_;
};

} // namespace wsd
