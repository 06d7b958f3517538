#pragma once

#include "server/observe/metric_text.hpp"
#include "server/storage/store_metrics.hpp"

#include <cstddef>

namespace wsd {

struct storage_state {
    const store_metrics& store;
    std::size_t store_queue_depth = 0;
    const reader_metrics& reader;
    std::size_t reader_queue_depth = 0;
    bool log_ok = true;
};

// Commits, reads and the queues in front of them, for a collector of the registry:
//     metrics.add_collector([&](metric_writer& out) {
//         write_storage_metrics(out, {.store = store.metrics(), .store_queue_depth = store.queue_depth(), …});
//     });
void write_storage_metrics(metric_writer& writer, const storage_state& state);

} // namespace wsd
