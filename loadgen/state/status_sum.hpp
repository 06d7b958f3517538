#pragma once

#include "common/base/clock.hpp"
#include "loadgen/report/status.hpp"

#include <cstdint>
#include <vector>

namespace wsd::loadgen {

// The status of a run by several processes. Counts and rates are added; of percentiles the worst process stands for
// all, since they can't be added. Owned by the process that started the others.
class status_sum {
  public:
    explicit status_sum(std::uint32_t parts) : parts_(parts) {}

    // What a process said last.
    void tell(std::uint32_t part, const run_status& now);
    // It has ended and will say no more.
    void end(std::uint32_t part);
    // All that still run have told since whole() was called; it is time to show it.
    [[nodiscard]] bool complete() const;
    [[nodiscard]] run_status whole(steady_time now);

  private:
    struct process {
        run_status last;
        bool told = false;
        bool ended = false;
    };

    std::vector<process> parts_;
    series past_;
    counters noted_; // when a point was added to it
    steady_time noted_at_;
};

} // namespace wsd::loadgen
