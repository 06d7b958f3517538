#pragma once

#include "loadgen/report/run_report.hpp"

#include <boost/json/array.hpp>

namespace wsd::loadgen {

// Adds up the reports of processes that were parts of one run, as format_json wrote them. What concerns the whole
// (options, machine) is left as it is in `whole`.
void merge_parts(run_report& whole, const boost::json::array& parts);

} // namespace wsd::loadgen
