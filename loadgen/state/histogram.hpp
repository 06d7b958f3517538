#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <vector>

namespace wsd::loadgen {

// Latencies on a logarithmic scale, as HdrHistogram has it: exact up to 256 ns, above that 128 buckets an octave, so
// that a percentile is at most 0.8 % above the exact one, up to about 73 minutes (longer is counted in the last
// bucket). Fixed size, 37 KB; merges by addition. A plain value: owned by one thread at a time.
class histogram {
  public:
    histogram();

    // Negative values count as 0.
    void record(std::chrono::nanoseconds value, std::uint64_t times = 1);
    void merge(const histogram& other);
    void clear();

    [[nodiscard]] std::uint64_t count() const { return count_; }
    // The value that `share` (0..1) of the records do not exceed, as the upper edge of its bucket but never above
    // max(). 0 when empty.
    [[nodiscard]] std::chrono::nanoseconds percentile(double share) const;
    [[nodiscard]] std::chrono::nanoseconds min() const { return std::chrono::nanoseconds(count_ == 0 ? 0 : min_); }
    [[nodiscard]] std::chrono::nanoseconds max() const { return std::chrono::nanoseconds(max_); }
    [[nodiscard]] std::chrono::nanoseconds mean() const;
    // visit(upper edge, count) for every bucket with records, ascending.
    template <class Visit> void for_each_bucket(Visit&& visit) const {
        for (std::size_t at = 0; at < buckets_.size(); ++at)
            if (buckets_[at] != 0) visit(edge(at), buckets_[at]);
    }

  private:
    [[nodiscard]] static std::chrono::nanoseconds edge(std::size_t bucket);

    std::vector<std::uint64_t> buckets_;
    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0;
    std::int64_t min_ = std::numeric_limits<std::int64_t>::max();
    std::int64_t max_ = 0;
};

} // namespace wsd::loadgen
