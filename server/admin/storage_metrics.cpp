#include "server/admin/storage_metrics.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace wsd {
namespace {

std::uint64_t read(const std::atomic<std::uint64_t>& value) noexcept { return value.load(std::memory_order_relaxed); }

void write_counter(metric_writer& writer, std::string_view name, std::string_view help,
                   const std::atomic<std::uint64_t>& value) {
    writer.family(metric_type::counter, name, help);
    writer.sample(read(value));
}

// `decimals`: bounds and sum are in units of 10^-decimals.
template <std::size_t Bounds>
void write_histogram(metric_writer& writer, const atomic_histogram<Bounds>& histogram, unsigned decimals) {
    std::array<std::uint64_t, Bounds + 1> counts{};
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = histogram.count(i);
    writer.histogram({.bounds = histogram.bounds(), .counts = counts, .sum = histogram.sum(), .decimals = decimals});
}

} // namespace

void write_storage_metrics(metric_writer& writer, const storage_state& state) {
    using enum metric_type;
    const store_metrics& store = state.store;
    write_counter(writer, "wsd_messages_committed_total", "Messages stored.", store.messages);
    write_counter(writer, "wsd_commits_total", "Commits that succeeded.", store.commits);
    write_counter(writer, "wsd_commit_failures_total", "Commits and attempts to recover that failed.", store.failures);
    writer.family(histogram, "wsd_commit_operations", "Operations in a commit.");
    write_histogram(writer, store.batch_operations, 0);
    writer.family(histogram, "wsd_commit_duration_seconds", "Time a commit took, flushing to disk included.");
    write_histogram(writer, store.commit_us, 6);
    writer.family(gauge, "wsd_log_writable", "1 while the log can be written, 0 after a failed commit.");
    writer.sample(std::uint64_t{state.log_ok ? 1U : 0U});
    write_counter(writer, "wsd_read_jobs_total", "Reads beyond what is kept in memory.", state.reader.jobs);
    write_counter(writer, "wsd_read_entries_total", "Log entries that those reads returned.", state.reader.entries);
    write_counter(writer, "wsd_read_failures_total", "Reads that failed.", state.reader.failures);
    writer.family(gauge, "wsd_queue_depth", "Requests waiting for the store thread and the reader thread.");
    writer.sample(std::uint64_t{state.store_queue_depth}, {{"queue", "store"}});
    writer.sample(std::uint64_t{state.reader_queue_depth}, {{"queue", "reader"}});
    writer.family(gauge, "wsd_queue_depth_highest", "Most requests that waited at one time since the start.");
    writer.sample(read(store.queue_depth_max), {{"queue", "store"}});
    writer.sample(read(state.reader.queue_depth_max), {{"queue", "reader"}});
}

} // namespace wsd
