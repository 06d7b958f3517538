#include "server/app/server.hpp"

#include <array>
#include <string>

namespace wsd {
namespace {

template <std::size_t Bounds>
void write_histogram(metric_writer& writer, const atomic_histogram<Bounds>& values, unsigned decimals) {
    std::array<std::uint64_t, Bounds + 1> counts{};
    for (std::size_t i = 0; i <= Bounds; ++i) counts[i] = values.count(i);
    writer.histogram({.bounds = values.bounds(), .counts = counts, .sum = values.sum(), .decimals = decimals});
}

void write_counter(metric_writer& writer, std::string_view name, std::string_view help,
                   const std::atomic<std::uint64_t>& value) {
    writer.family(metric_type::counter, name, help);
    writer.sample(value.load(std::memory_order_relaxed));
}

void write_store(metric_writer& writer, const store_metrics& store) {
    write_counter(writer, "wsd_store_commits_total", "Group commits of the log that succeeded.", store.commits);
    write_counter(writer, "wsd_store_operations_total", "Operations in these commits.", store.operations);
    write_counter(writer, "wsd_store_failures_total", "Commits and recoveries of the log that failed.", store.failures);
    writer.family(metric_type::histogram, "wsd_store_batch_operations", "Operations per commit.");
    write_histogram(writer, store.batch_operations, 0);
    writer.family(metric_type::histogram, "wsd_store_commit_seconds", "Time of a commit, fsync included.");
    write_histogram(writer, store.commit_us, 6);
}

void write_reader(metric_writer& writer, const reader_metrics& reader) {
    write_counter(writer, "wsd_reader_jobs_total", "Reads of the log beyond the tails in memory.", reader.jobs);
    write_counter(writer, "wsd_reader_entries_total", "Entries in the pages that were read.", reader.entries);
    write_counter(writer, "wsd_reader_failures_total", "Reads of the log that failed.", reader.failures);
}

} // namespace

void server::add_collectors() {
    parts_.metrics.add_collector([this](metric_writer& writer) {
        write_store(writer, store_.metrics());
        write_reader(writer, reader_.metrics());
        writer.family(metric_type::gauge, "wsd_queue_depth", "Messages waiting in a queue between threads.");
        writer.sample(static_cast<std::uint64_t>(store_.queue_depth()), {{"queue", "store"}});
        writer.sample(static_cast<std::uint64_t>(reader_.queue_depth()), {{"queue", "reader"}});
        writer.sample(static_cast<std::uint64_t>(presence_inbox_.size()), {{"queue", "presence"}});
        for (std::uint16_t i = 0; i < shard_count_; ++i) {
            const std::string name = "mailbox_" + std::to_string(i);
            writer.sample(static_cast<std::uint64_t>(shards_[i]->inbox_depth()), {{"queue", name}});
        }
    });
}

} // namespace wsd
