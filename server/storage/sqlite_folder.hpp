#pragma once

#include "common/state/log_overlay.hpp"
#include "server/storage/sqlite_connection.hpp"

#include <cstdint>
#include <span>

namespace wsd {

// Writes what the overlay hands over into the tables inbox, chat_log and client_ids, within the writer's transaction.
class sqlite_folder final : public log_overlay::folder {
  public:
    explicit sqlite_folder(sqlite_connection& connection);

    bool fold_entries(user_key user, std::uint64_t first, std::span<const std::uint64_t> codes) override;
    bool fold_places(chat_key chat, std::uint64_t first, std::span<const std::uint64_t> offsets) override;
    bool fold_client_ids(std::span<const log_overlay::client_item> ids) override;

  private:
    // A row of a run: (owner, first, eight bytes an item).
    bool append(sqlite_statement& last, sqlite_statement& put, std::uint64_t owner, std::uint64_t first,
                std::span<const std::uint64_t> items);

    sqlite_connection& connection_;
    sqlite_statement last_entries_;
    sqlite_statement put_entries_;
    sqlite_statement last_places_;
    sqlite_statement put_places_;
    sqlite_statement put_client_id_;
    sqlite_statement put_client_ids_;
};

} // namespace wsd
