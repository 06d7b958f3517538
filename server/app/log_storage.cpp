#include "server/app/log_storage.hpp"

#include "common/base/planted_fault.hpp"
#include "server/storage/memory_log.hpp"

namespace wsd {

opened_log open_log(const settings& options) {
    const log_retention keep{.entries_max = options.log_max_entries_per_user,
                             .age_max_ms = milliseconds(options.log_retention_days).count(),
                             .history_max_ms = milliseconds(options.history_retention_days).count()};
    if (options.store == choice::store::memory) return {.log = std::make_unique<memory_log>(make_store_name(), keep)};
    const durability level = options.durability == choice::durability::os ? durability::os : durability::fsync;
    sqlite_options how{.directory = options.data_dir, .level = level, .keep = keep};
#ifdef WSD_PLANTED
    if (has_small_log()) how.fold_window = 300;
    if (has_small_log()) how.wal_pages = 200;
#endif
    return open_sqlite_log(how);
}

} // namespace wsd
