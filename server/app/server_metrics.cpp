#include "server/app/server.hpp"

#include "server/admin/storage_metrics.hpp"

#include <string>

namespace wsd {

void server::add_collectors() {
    parts_.metrics.add_collector([this](metric_writer& writer) {
        write_storage_metrics(writer, {.store = store_.metrics(),
                                       .store_queue_depth = store_.queue_depth(),
                                       .reader = reader_.metrics(),
                                       .reader_queue_depth = reader_.queue_depth(),
                                       .log_ok = store_.log_ok()});
        writer.family(metric_type::gauge, "wsd_mailbox_depth", "Messages that wait in a thread's mailbox.");
        for (std::uint16_t i = 0; i < shard_count_; ++i)
            writer.sample(static_cast<std::uint64_t>(shards_[i]->inbox_depth()), {{"shard", std::to_string(i)}});
        writer.sample(static_cast<std::uint64_t>(presence_inbox_.size()), {{"shard", "control"}});
        writer.family(metric_type::gauge, "wsd_tls_certificate_not_after_timestamp_seconds",
                      "When the TLS certificate in use ends.");
        if (parts_.tls) writer.sample(parts_.tls->not_after_s());
    });
}

} // namespace wsd
