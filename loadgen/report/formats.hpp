#pragma once

#include <boost/json/object.hpp>

#include <string>

namespace wsd::loadgen {

// Other forms of a report, made from its JSON, so that they can be made from one that was written long ago too.

// The summary as it was printed.
[[nodiscard]] std::string report_as_text(const boost::json::object& report);
// One page that needs nothing else: figures, a table of the seconds, and charts by uPlot. At most 250 kB.
[[nodiscard]] std::string report_as_html(const boost::json::object& report);
// JUnit's XML: a test case for each kind of fault, each threshold and each expectation of the scenario.
[[nodiscard]] std::string report_as_junit(const boost::json::object& report);
// Prometheus' text format, times in seconds: for a textfile collector.
[[nodiscard]] std::string report_as_metrics(const boost::json::object& report);

// Text that is safe between tags and in attributes.
[[nodiscard]] std::string escape_markup(std::string_view text);

} // namespace wsd::loadgen
