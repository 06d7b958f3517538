#pragma once

#include "common/base/clock.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace wsd {

// More than 100 ping and pong frames from the peer within 10 s. Counts per half second, so that it never takes a peer
// for a flood that is none, and needs 48 octets.
class control_flood {
  public:
    static constexpr std::uint32_t frames_max = 100;
    static constexpr milliseconds slot{500};

    // `total` frames since the beginning of the connection; never decreases, nor does now.
    [[nodiscard]] bool exceeded(std::uint64_t total, steady_time now) {
        const auto added = static_cast<std::uint32_t>(total - seen_);
        if (added == 0) return false;
        seen_ = total;
        const auto current = static_cast<std::uint32_t>(now.time_since_epoch() / slot);
        for (; last_slot_ < current && in_window_ > 0; ++last_slot_) {
            std::uint16_t& oldest = counts_[(last_slot_ + 1) % counts_.size()];
            in_window_ -= oldest;
            oldest = 0;
        }
        last_slot_ = current;
        counts_[current % counts_.size()] = static_cast<std::uint16_t>(counts_[current % counts_.size()] + added);
        in_window_ += added;
        return in_window_ > frames_max;
    }

  private:
    std::array<std::uint16_t, 20> counts_{};
    std::uint32_t last_slot_ = 0;
    std::uint32_t in_window_ = 0;
    std::uint64_t seen_ = 0;
};

} // namespace wsd
