#pragma once

#include "loadgen/report/run_report.hpp"

#include <functional>

namespace wsd::loadgen {

// Scenario capacity: makes runs at different rates to find the highest at which the ledger and every threshold hold.
// The report is that of the best run, or of the first when none held, with a line for every run among its checks.
[[nodiscard]] run_report search_capacity(const run_options& options,
                                         const std::function<run_report(const run_options&)>& carry_out);

} // namespace wsd::loadgen
