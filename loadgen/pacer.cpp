#include "loadgen/pacer.hpp"

#include <cmath>

namespace wsd::loadgen {

steady_time pacer::next() const {
    // From the event's number each time: a sum of rounded intervals would drift.
    const double ns = static_cast<double>(next_) * 1e9 / schedule_.per_second;
    return schedule_.start + std::chrono::nanoseconds(std::llround(ns));
}

steady_time pacer::take() {
    const auto at = next();
    next_ += schedule_.lanes;
    return at;
}

} // namespace wsd::loadgen
