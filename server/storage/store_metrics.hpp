#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace wsd {

// Counts per upper bound (inclusive), the last without one. One writer; any thread may read.
template <std::size_t Bounds> class atomic_histogram {
  public:
    explicit constexpr atomic_histogram(const std::array<std::uint64_t, Bounds>& bounds) : bounds_(bounds) {}

    void add(std::uint64_t value) noexcept {
        std::size_t bucket = 0;
        while (bucket < Bounds && value > bounds_[bucket]) ++bucket;
        counts_[bucket].fetch_add(1, std::memory_order_relaxed);
        sum_.fetch_add(value, std::memory_order_relaxed);
    }
    [[nodiscard]] const std::array<std::uint64_t, Bounds>& bounds() const noexcept { return bounds_; }
    // bucket ≤ Bounds; not cumulative.
    [[nodiscard]] std::uint64_t count(std::size_t bucket) const noexcept {
        return counts_[bucket].load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t sum() const noexcept { return sum_.load(std::memory_order_relaxed); }

  private:
    std::array<std::uint64_t, Bounds> bounds_;
    std::array<std::atomic<std::uint64_t>, Bounds + 1> counts_{};
    std::atomic<std::uint64_t> sum_{0};
};

// Written by the store thread (queue_depth_max by submitters too), read by anybody.
struct store_metrics {
    std::atomic<std::uint64_t> commits{0};    // that succeeded
    std::atomic<std::uint64_t> operations{0}; // in them
    std::atomic<std::uint64_t> messages{0};   // stored by them, duplicates apart
    std::atomic<std::uint64_t> failures{0};   // commits and recoveries that failed
    std::atomic<std::uint64_t> refused{0};    // submissions refused because the queue was full
    std::atomic<std::uint64_t> queue_depth_max{0};
    atomic_histogram<9> batch_operations{{1, 2, 4, 8, 16, 32, 64, 128, 256}};
    atomic_histogram<14> commit_us{{100, 200, 400, 700, 1000, 2000, 4000, 7000, 10'000, 20'000, 50'000, 100'000,
                                    300'000, 1'000'000}}; // wall time of message_log::commit, fsync included
};

struct reader_metrics {
    std::atomic<std::uint64_t> jobs{0};
    std::atomic<std::uint64_t> entries{0}; // in pages
    std::atomic<std::uint64_t> failures{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> queue_depth_max{0};
};

} // namespace wsd
