#pragma once

#include "loadgen/report/status.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace wsd::loadgen {

// How a process that has a part of a run tells the one that started it how far it is: a line of JSON, without its end.
// The scenario and the past are left out.
[[nodiscard]] std::string write_status_line(const run_status& status);
// nullopt: it is none.
[[nodiscard]] std::optional<run_status> read_status_line(std::string_view line);

} // namespace wsd::loadgen
