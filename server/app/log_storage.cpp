#include "server/app/log_storage.hpp"

#include "server/storage/memory_log.hpp"
#include "server/storage/sqlite_log.hpp"

namespace wsd {

std::variant<std::unique_ptr<message_log>, std::string> open_log(const settings& options) {
    const log_retention keep{.entries_max = options.log_max_entries_per_user,
                             .age_max_ms = milliseconds(options.log_retention_days).count(),
                             .history_max_ms = milliseconds(options.history_retention_days).count()};
    if (options.store == choice::store::memory) return std::make_unique<memory_log>(make_store_name(), keep);
    const durability level = options.durability == choice::durability::os ? durability::os : durability::fsync;
    opened_log opened = open_sqlite_log({.directory = options.data_dir, .level = level, .keep = keep});
    if (!opened.log) return std::move(opened.problem);
    return std::move(opened.log);
}

} // namespace wsd
