#pragma once

#include "common/base/clock.hpp"

namespace wsd {

// The time of the current turn of a shard's loop: read at most once in some handlers, since every octet received asks
// for it.
class turn_clock final : public clock {
  public:
    explicit turn_clock(const clock& source) : source_(source) {}
    void begin_turn() noexcept { fresh_ = begun_ = false; }
    // The next question reads the source again.
    void expire() noexcept { fresh_ = false; }
    // The first time that was read in this turn, else now.
    [[nodiscard]] steady_time turn_began() const {
        refresh();
        return turn_began_;
    }
    [[nodiscard]] steady_time now() const override {
        refresh();
        return now_;
    }
    [[nodiscard]] timestamp wall_ms() const override {
        refresh();
        return wall_ms_;
    }

  private:
    void refresh() const {
        if (fresh_) return;
        now_ = source_.now();
        wall_ms_ = source_.wall_ms();
        fresh_ = true;
        if (!begun_) turn_began_ = now_;
        begun_ = true;
    }

    const clock& source_;
    mutable steady_time now_;
    mutable timestamp wall_ms_ = 0;
    mutable steady_time turn_began_;
    mutable bool fresh_ = false;
    mutable bool begun_ = false;
};

} // namespace wsd
