#include "loadgen/state/compare_plan.hpp"

#include <algorithm>

namespace wsd::loadgen {

void run_samples::add(double value) { values_.insert(std::ranges::upper_bound(values_, value), value); }

double run_samples::median() const {
    const auto middle = values_.size() / 2;
    return values_.size() % 2 == 1 ? values_[middle] : (values_[middle - 1] + values_[middle]) / 2;
}

} // namespace wsd::loadgen
