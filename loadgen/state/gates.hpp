#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace wsd::loadgen {

enum class comparison : std::uint8_t { less, at_most, equal, unequal, at_least, greater };

// A threshold for one metric of a run, as it was asked for: "deliver.p99<50ms".
struct gate {
    std::string text;
    std::string metric;
    comparison how = comparison::less;
    double limit = 0; // in the metric's unit
};

// The thresholds of a run. A plain value; bounded by what somebody writes on a command line.
class gate_list {
  public:
    void add(gate one) { all_.push_back(std::move(one)); }
    [[nodiscard]] bool empty() const { return all_.empty(); }
    template <class Visit> void for_each(Visit&& visit) const {
        for (const auto& one : all_) visit(one);
    }

  private:
    std::vector<gate> all_;
};

} // namespace wsd::loadgen
