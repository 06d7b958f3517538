#include "loadgen/state/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>

namespace wsd::loadgen {
namespace {

constexpr std::size_t bits = 7;
constexpr std::size_t parts = std::size_t{1} << bits; // of an octave
constexpr std::size_t octaves = 35;
constexpr std::size_t bucket_count = (octaves + 1) * parts;

std::size_t bucket_of(std::uint64_t value) {
    const auto width = static_cast<std::size_t>(std::bit_width(value));
    const std::size_t octave = width > bits + 1 ? width - bits - 1 : 0;
    return std::min(octave * parts + static_cast<std::size_t>(value >> octave), bucket_count - 1);
}

// The highest value of a bucket.
std::int64_t upper_edge(std::size_t bucket) {
    const std::size_t octave = bucket < 2 * parts ? 0 : bucket / parts - 1;
    return static_cast<std::int64_t>(((std::uint64_t{bucket} - octave * parts + 1) << octave) - 1);
}

} // namespace

histogram::histogram() : buckets_(bucket_count) {}

void histogram::record(std::chrono::nanoseconds value, std::uint64_t times) {
    const std::int64_t ns = std::max<std::int64_t>(0, value.count());
    buckets_[bucket_of(static_cast<std::uint64_t>(ns))] += times;
    count_ += times;
    sum_ += static_cast<std::uint64_t>(ns) * times;
    min_ = std::min(min_, ns);
    max_ = std::max(max_, ns);
}

void histogram::merge(const histogram& other) {
    std::ranges::transform(buckets_, other.buckets_, buckets_.begin(), std::plus{});
    count_ += other.count_;
    sum_ += other.sum_;
    min_ = std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
}

void histogram::clear() { *this = histogram(); }

std::chrono::nanoseconds histogram::percentile(double share) const {
    if (count_ == 0) return {};
    const auto exact = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    const std::uint64_t rank = std::clamp<std::uint64_t>(exact, 1, count_);
    std::size_t at = 0;
    for (std::uint64_t seen = buckets_[0]; seen < rank; seen += buckets_[at]) ++at;
    // The last bucket is open to the right.
    return std::chrono::nanoseconds(at == bucket_count - 1 ? max_ : std::min(upper_edge(at), max_));
}

std::chrono::nanoseconds histogram::edge(std::size_t bucket) { return std::chrono::nanoseconds(upper_edge(bucket)); }

std::chrono::nanoseconds histogram::mean() const {
    return std::chrono::nanoseconds(count_ == 0 ? 0 : static_cast<std::int64_t>(sum_ / count_));
}

} // namespace wsd::loadgen
