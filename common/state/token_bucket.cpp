#include "common/state/token_bucket.hpp"

#include <algorithm>

namespace wsd {
namespace {

__extension__ using wide = unsigned __int128;

std::int64_t nanoseconds_of(steady_time time) noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

steady_time rounded_up(std::int64_t ns, std::uint64_t fraction) noexcept {
    return steady_time(std::chrono::nanoseconds(fraction == 0 ? ns : ns + 1));
}

} // namespace

token_rate::token_rate(std::uint32_t size, milliseconds window) noexcept
    : size_(size), window_ns_(std::chrono::nanoseconds(window).count()) {
    step_ns_ = window_ns_ / size_;
    step_fraction_ = static_cast<std::uint32_t>(window_ns_ % size_);
}

token_bucket token_rate::taken(token_bucket bucket, steady_time now) const noexcept {
    bucket = std::max(bucket, token_bucket{.full_ns = nanoseconds_of(now)});
    bucket.full_ns += step_ns_;
    bucket.fraction += step_fraction_;
    if (bucket.fraction >= size_) {
        bucket.fraction -= size_;
        ++bucket.full_ns;
    }
    return bucket;
}

token_bucket token_rate::returned(token_bucket bucket) const noexcept {
    bucket.full_ns -= step_ns_;
    if (bucket.fraction < step_fraction_) {
        bucket.fraction += size_;
        --bucket.full_ns;
    }
    bucket.fraction -= step_fraction_;
    return bucket;
}

steady_time token_rate::due(const token_bucket& bucket) const noexcept {
    return rounded_up(bucket.full_ns - window_ns_, bucket.fraction);
}

bool token_rate::full(const token_bucket& bucket, steady_time now) const noexcept {
    return bucket <= token_bucket{.full_ns = nanoseconds_of(now)};
}

std::uint32_t token_rate::used(const token_bucket& bucket, steady_time now) const noexcept {
    if (full(bucket, now)) return 0;
    // The product needs 74 bits at the bounds of size and window.
    const wide missing =
        wide(static_cast<std::uint64_t>(bucket.full_ns - nanoseconds_of(now))) * size_ + bucket.fraction;
    const auto window = static_cast<std::uint64_t>(window_ns_);
    return static_cast<std::uint32_t>((missing + window - 1) / window);
}

steady_time token_rate::used_at_most(const token_bucket& bucket, std::uint32_t count) const noexcept {
    // count * window / size, exactly: as count * step.
    const std::uint64_t fractions = std::uint64_t{count} * step_fraction_;
    std::int64_t ns = std::int64_t{count} * step_ns_ + static_cast<std::int64_t>(fractions / size_);
    const std::uint64_t fraction = fractions % size_;
    ns = bucket.full_ns - ns;
    return fraction > bucket.fraction ? rounded_up(ns - 1, bucket.fraction + size_ - fraction)
                                      : rounded_up(ns, bucket.fraction - fraction);
}

} // namespace wsd
