#pragma once

#include "common/base/clock.hpp"

namespace wsd::test {

// Stands still until it is told to go on. Both clocks move together.
class manual_clock final : public clock {
  public:
    [[nodiscard]] steady_time now() const override { return now_; }
    [[nodiscard]] timestamp wall_ms() const override { return wall_ms_; }
    void advance(milliseconds by) {
        now_ += by;
        wall_ms_ += by.count();
    }

  private:
    steady_time now_{std::chrono::hours(1)};
    timestamp wall_ms_ = 1'782'036'000'000;
};

} // namespace wsd::test
