#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wsd::loadgen {

// How much worse a metric may be: a share of the base.
struct regress_limit {
    std::string metric;
    double share = 0;
};

// What `wsload compare` was asked for. Bounded by a command line.
struct compare_plan {
    std::vector<std::string> files; // the first half are the base
    std::vector<regress_limit> limits;
};

// One metric of several runs.
class run_samples {
  public:
    void add(double value);
    [[nodiscard]] std::size_t size() const { return values_.size(); }
    // Of at least one run.
    [[nodiscard]] double median() const;
    [[nodiscard]] double least() const { return values_.front(); }
    [[nodiscard]] double most() const { return values_.back(); }

  private:
    std::vector<double> values_; // ascending
};

} // namespace wsd::loadgen
