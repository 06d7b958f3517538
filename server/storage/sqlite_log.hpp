#pragma once

#include "server/storage/log_retention.hpp"
#include "server/storage/message_log.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace wsd {

struct sqlite_options {
    std::string directory;                // made when missing; one process at a time
    durability level = durability::fsync; // or os
    std::uint64_t fold_window = 262'144;  // messages whose indexes are kept in memory, see log_overlay
    int wal_pages = 16'000;               // of 4 KiB: from here on the write-ahead log is copied into the database
    int cache_kib = 32'768;               // of the writer; a reader takes a quarter
    log_retention keep = {};
    std::string vfs = {}; // SQLite's name of the file system to use; empty: the system's
};

struct opened_log {
    std::unique_ptr<message_log> log = {}; // null: it could not be opened, and
    std::string problem = {};              // this says what is wrong, where, and what to do
    std::string notice = {};               // why the log has another epoch than before, else empty
};

// The log in a directory on disk (docs/STORAGE.md). Makes it when there is none, brings an older one up to date, and
// checks one that was not closed. The writer's thread.
[[nodiscard]] opened_log open_sqlite_log(const sqlite_options& options);

} // namespace wsd
