#pragma once

#include "common/base/clock.hpp"

namespace wsd {

// The time of the current turn of a shard's loop: read once a turn, since every octet received asks for it.
class turn_clock final : public clock {
  public:
    explicit turn_clock(const clock& source) : source_(source) { refresh(); }
    void refresh() {
        now_ = source_.now();
        wall_ms_ = source_.wall_ms();
    }
    [[nodiscard]] steady_time now() const override { return now_; }
    [[nodiscard]] timestamp wall_ms() const override { return wall_ms_; }

  private:
    const clock& source_;
    steady_time now_;
    timestamp wall_ms_ = 0;
};

} // namespace wsd
