#pragma once

#include "common/base/clock.hpp"
#include "loadgen/random.hpp"
#include "loadgen/state/load_profile.hpp"

#include <cstdint>
#include <optional>

namespace wsd::loadgen {

// The schedule of an open load: events are due when the profile says, whether or not earlier ones were answered or this
// process was held up. A late event keeps its scheduled time, so that what it waited is part of its latency.
// Owned by one thread. Several pacers share one schedule: pacer `lane` of `lanes` takes every lanes-th event.
class pacer {
  public:
    struct plan {
        steady_time start;
        load_profile profile; // of all lanes together
        std::uint32_t lane = 0;
        std::uint32_t lanes = 1; // ≥ 1
        // Instead of even intervals: independent events at the same mean rate (a Poisson process).
        std::optional<std::uint64_t> poisson_seed;
    };
    explicit pacer(plan schedule);

    // When the next event is due.
    [[nodiscard]] steady_time next() const { return due_; }
    [[nodiscard]] bool due(steady_time now) const { return due_ <= now; }
    // Takes the next event; its scheduled time.
    steady_time take();

  private:
    [[nodiscard]] double gap();

    plan schedule_;
    random_source random_;
    double next_ = 0; // how many events of the whole schedule come before the next one of this lane
    steady_time due_;
};

} // namespace wsd::loadgen
