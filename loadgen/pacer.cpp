#include "loadgen/pacer.hpp"

#include <cmath>
#include <utility>

namespace wsd::loadgen {

pacer::pacer(plan schedule)
    : schedule_(std::move(schedule)), random_(schedule_.poisson_seed.value_or(0) * 1000 + schedule_.lane) {
    next_ = schedule_.poisson_seed ? gap() : schedule_.lane;
    due_ = schedule_.start + schedule_.profile.time_of(next_);
}

// Lanes of a Poisson process are Poisson processes of a share of its rate each.
double pacer::gap() {
    const double lanes = schedule_.lanes;
    return schedule_.poisson_seed ? -std::log(1 - random_.unit()) * lanes : lanes;
}

steady_time pacer::take() {
    const auto at = due_;
    next_ += gap();
    due_ = schedule_.start + schedule_.profile.time_of(next_);
    return at;
}

} // namespace wsd::loadgen
