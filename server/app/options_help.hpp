#pragma once

#include <string>

namespace wsd {

// Every option with its flag, variable, default, bounds and meaning, by section; for --help.
[[nodiscard]] std::string options_help();

} // namespace wsd
