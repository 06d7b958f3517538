#pragma once

#include "server/observe/log.hpp"
#include "server/observe/metric_table.hpp"
#include "server/observe/metric_text.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace wsd {

// What one thread has counted. Owned by the registry, written by that one thread, read by the control thread while it
// is written: every cell is an atomic that is loaded and stored without a lock prefix, so that counting costs as much
// as an increment of a plain variable.
class alignas(64) metrics_block {
  public:
    template <metric M> void count(std::uint64_t amount = 1) noexcept {
        static_assert(shape_of<M>::type == metric_type::counter && shape_of<M>::cells == 1);
        bump(metric_offsets[index(M)], amount);
    }
    template <metric M> void count(typename shape_of<M>::label_type which, std::uint64_t amount = 1) noexcept {
        static_assert(shape_of<M>::type == metric_type::counter);
        bump(metric_offsets[index(M)] + std::min(static_cast<std::size_t>(which), shape_of<M>::cells - 1), amount);
    }
    // This thread's share of a gauge; it may be negative, only the sum over all threads is shown.
    template <metric M> void change(std::int64_t difference) noexcept {
        static_assert(shape_of<M>::type == metric_type::gauge);
        bump(metric_offsets[index(M)], static_cast<std::uint64_t>(difference));
    }
    template <metric M> void set(std::int64_t value) noexcept {
        static_assert(shape_of<M>::type == metric_type::gauge);
        cells_[metric_offsets[index(M)]].store(static_cast<std::uint64_t>(value), std::memory_order_relaxed);
    }
    // A duration; a negative one counts as 0.
    template <metric M> void observe(std::chrono::nanoseconds duration) noexcept {
        static_assert(shape_of<M>::type == metric_type::histogram);
        const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
        const auto bound = std::lower_bound(latency_bounds_ns.begin(), latency_bounds_ns.end(), value);
        bump(metric_offsets[index(M)] + static_cast<std::size_t>(bound - latency_bounds_ns.begin()), 1);
        bump(metric_offsets[index(M)] + latency_bounds_ns.size() + 1, value);
    }

    // Any thread.
    [[nodiscard]] std::uint64_t cell(std::size_t position) const noexcept {
        return cells_[position].load(std::memory_order_relaxed);
    }

  private:
    static constexpr std::size_t index(metric id) noexcept { return static_cast<std::size_t>(id); }
    void bump(std::size_t position, std::uint64_t amount) noexcept {
        auto& target = cells_[position];
        target.store(target.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }

    std::array<std::atomic<std::uint64_t>, metric_offsets.back()> cells_{};
};

// All metrics of the process. make_block and add_collector are called before threads start; render by the control
// thread. Bounds: blocks_max blocks, collectors_max collectors.
class metrics_registry {
  public:
    static constexpr std::size_t blocks_max = 272;
    static constexpr std::size_t collectors_max = 64;
    // Writes whole families (begin, then samples); called by the control thread at every scrape, so what it reads are
    // atomics or things of the control thread.
    using collector = std::function<void(metric_writer&)>;

    // Both live as long as the registry.
    metrics_registry(std::string_view version, const logger& log) : version_(version), log_(log) {}

    // A block for one thread. Throws std::length_error beyond blocks_max.
    [[nodiscard]] metrics_block& make_block();
    // Throws std::length_error beyond collectors_max.
    void add_collector(collector collect);

    // The whole exposition, `text/plain; version=0.0.4`.
    [[nodiscard]] std::string render() const;

  private:
    [[nodiscard]] std::uint64_t sum(std::size_t position) const noexcept;
    void render_family(metric_writer& writer, metric id) const;

    std::string_view version_;
    const logger& log_;
    std::array<std::unique_ptr<metrics_block>, blocks_max> blocks_;
    std::size_t block_count_ = 0;
    std::array<collector, collectors_max> collectors_;
    std::size_t collector_count_ = 0;
};

} // namespace wsd
