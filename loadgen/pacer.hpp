#pragma once

#include "common/base/clock.hpp"

#include <cstdint>

namespace wsd::loadgen {

// The schedule of an open load: event k is due at start + k / rate, whether or not earlier ones were answered or this
// process was held up. A late event keeps its scheduled time, so that what it waited is part of its latency.
// Owned by one thread. Several pacers share one schedule: pacer `lane` of `lanes` takes every lanes-th event.
class pacer {
  public:
    struct plan {
        steady_time start;
        double per_second = 1; // of all lanes together, > 0
        std::uint32_t lane = 0;
        std::uint32_t lanes = 1; // ≥ 1
    };
    explicit pacer(const plan& schedule) : schedule_(schedule), next_(schedule.lane) {}

    // When the next event is due.
    [[nodiscard]] steady_time next() const;
    [[nodiscard]] bool due(steady_time now) const { return next() <= now; }
    // Takes the next event; its scheduled time.
    steady_time take();

  private:
    plan schedule_;
    std::uint64_t next_; // number of the next event of this lane in the common schedule
};

} // namespace wsd::loadgen
