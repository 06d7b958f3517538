#pragma once

#include "common/base/clock.hpp"

#include <compare>
#include <cstdint>
#include <limits>

namespace wsd {

// A bucket is the instant at which it will be full again, if left alone: exact to 1/size of a nanosecond, so that
// tokens neither drift nor cost more when there are many. An instant not after now is a full bucket.
struct token_bucket {
    std::int64_t full_ns = std::numeric_limits<std::int64_t>::min(); // since the epoch of steady_time
    std::uint32_t fraction = 0;                                      // of a nanosecond, in units of 1/size

    friend auto operator<=>(const token_bucket&, const token_bucket&) = default;
};

// `size` tokens that refill continuously within `window`. Each call is O(1) whatever the size. A plain value.
class token_rate {
  public:
    // 1 ≤ size ≤ 10^9, 1 ms ≤ window ≤ 24 h.
    token_rate(std::uint32_t size, milliseconds window) noexcept;

    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

    // The bucket after one more token is taken, borrowed from the future when there is none.
    [[nodiscard]] token_bucket taken(token_bucket bucket, steady_time now) const noexcept;
    // The bucket after one token is put back.
    [[nodiscard]] token_bucket returned(token_bucket bucket) const noexcept;

    // When the last token that was taken is there: at once (not after now) unless it was borrowed. Rounded up to ns.
    [[nodiscard]] steady_time due(const token_bucket& bucket) const noexcept;

    [[nodiscard]] bool full(const token_bucket& bucket, steady_time now) const noexcept;

    // Tokens missing, begun ones counted: `used` of the protocol.
    [[nodiscard]] std::uint32_t used(const token_bucket& bucket, steady_time now) const noexcept;
    // When used() will be at most `count`, if left alone. O(1), and cheaper than used(). Rounded up to ns.
    [[nodiscard]] steady_time used_at_most(const token_bucket& bucket, std::uint32_t count) const noexcept;

  private:
    std::uint32_t size_;
    std::uint32_t step_fraction_; // one token takes step_ns_ + step_fraction_/size_ nanoseconds
    std::int64_t step_ns_;
    std::int64_t window_ns_;
};

// What is left until `then`, rounded up, at least 1.
[[nodiscard]] constexpr milliseconds milliseconds_until(steady_time then, steady_time now) noexcept {
    const auto left = std::chrono::ceil<milliseconds>(then - now);
    return left < milliseconds(1) ? milliseconds(1) : left;
}

} // namespace wsd
