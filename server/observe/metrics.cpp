#include "server/observe/metrics.hpp"

#include "server/observe/process_metrics.hpp"

#include <stdexcept>
#include <utility>

namespace wsd {

metrics_registry::metrics_registry(options given) : options_(std::move(given)) {
    if (options_.frame_types > frame_types_max) throw std::length_error("more frame types than metrics have room for");
}

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
    write_process_metrics(writer);
    writer.family(metric_type::gauge, "wsd_build_info", "Version of the running program; always 1.");
    writer.sample(std::uint64_t{1}, {{"version", options_.version}});
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
    if (id == metric::frames_received) return render_frame_types(writer);
    switch (family.type) {
    case metric_type::gauge:
        writer.sample(static_cast<std::int64_t>(sum(offset)));
        return;
    case metric_type::counter:
        if (family.labels.empty()) writer.sample(sum(offset));
        for (std::size_t i = 0; i < family.labels.size(); ++i)
            writer.sample_rendered(sum(offset + i), family.labels[i]);
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

void metrics_registry::render_frame_types(metric_writer& writer) const {
    const std::size_t offset = metric_offsets[static_cast<std::size_t>(metric::frames_received)];
    for (std::size_t i = 0; i < options_.frame_types; ++i) {
        writer.sample(sum(offset + i), {{"type", options_.frame_type_name(i)}});
    }
    std::uint64_t others = 0;
    for (std::size_t i = options_.frame_types; i <= frame_types_max; ++i) others += sum(offset + i);
    writer.sample(others, {{"type", "other"}});
}

} // namespace wsd
