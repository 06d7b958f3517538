#pragma once

#include "loadgen/state/compare_plan.hpp"

#include <boost/json/array.hpp>

#include "common/auth/setup_error.hpp"

#include <string>
#include <string_view>

namespace wsd::loadgen {

inline constexpr std::size_t compared_runs_min = 3; // fewer say nothing about what is chance

// "deliver.p99=10%". The error is a sentence.
[[nodiscard]] setup_result<regress_limit> parse_regress_limit(std::string_view text);

// The runs in the text of a report file: one JSON object, or several, a line each.
[[nodiscard]] setup_result<boost::json::array> read_runs(std::string_view text);

struct comparison_outcome {
    std::string text; // a table
    bool worse = false;
};
// Medians against medians. Error: too few runs, runs that failed, or a metric with a limit that was not measured.
[[nodiscard]] setup_result<comparison_outcome> compare_runs(const boost::json::array& base,
                                                            const boost::json::array& next, const compare_plan& plan);

} // namespace wsd::loadgen
