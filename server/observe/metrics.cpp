#include "server/observe/metrics.hpp"

#include "server/observe/process_metrics.hpp"

#include <stdexcept>
#include <utility>

namespace wsd {

metrics_block& metrics_registry::make_block() {
    if (block_count_ == blocks_max) throw std::length_error("more threads than metrics have room for");
    blocks_[block_count_] = std::make_unique<metrics_block>();
    return *blocks_[block_count_++];
}

void metrics_registry::add_collector(collector collect) {
    if (collector_count_ == collectors_max) throw std::length_error("more collectors than metrics have room for");
    collectors_[collector_count_++] = std::move(collect);
}

std::string metrics_registry::render() const {
    std::string out;
    out.reserve(32 * 1024);
    metric_writer writer(out);
    for (std::size_t i = 0; i < metric_count; ++i) render_family(writer, static_cast<metric>(i));
    for (std::size_t i = 0; i < collector_count_; ++i) collectors_[i](writer);
    writer.family(metric_type::counter, "wsd_log_lines_dropped_total",
                  "Log lines lost because they came faster than they were read.");
    writer.sample(log_.dropped_lines());
    write_process_metrics(writer);
    writer.family(metric_type::gauge, "wsd_build_info", "Version of the running program; always 1.");
    writer.sample(std::uint64_t{1}, {{"version", version_}});
    return out;
}

std::uint64_t metrics_registry::sum(std::size_t position) const noexcept {
    // Shares of gauges are two's complement, so the sum modulo 2^64 is the right one.
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < block_count_; ++i) total += blocks_[i]->cell(position);
    return total;
}

void metrics_registry::render_family(metric_writer& writer, metric id) const {
    const metric_family& family = family_of(id);
    const std::size_t offset = metric_offsets[static_cast<std::size_t>(id)];
    writer.family(family.type, family.name, family.help);
    switch (family.type) {
    case metric_type::gauge:
        writer.sample(static_cast<std::int64_t>(sum(offset)));
        return;
    case metric_type::counter:
        for (std::size_t i = 0; i < family.series; ++i) {
            std::string labels;
            if (family.append_labels != nullptr) family.append_labels(labels, i);
            writer.sample_rendered(sum(offset + i), labels);
        }
        return;
    case metric_type::histogram: {
        std::array<std::uint64_t, latency_bounds_ns.size() + 1> counts{};
        for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = sum(offset + i);
        writer.histogram(
            {.bounds = family.bounds_ns, .counts = counts, .sum = sum(offset + counts.size()), .decimals = 9});
        return;
    }
    }
}

} // namespace wsd
