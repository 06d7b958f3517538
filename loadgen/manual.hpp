#pragma once

#include <string>

namespace wsd::loadgen {

// The manual page wsload(1), in man's macros.
[[nodiscard]] std::string manual_page();

// The tables of docs/LOADTEST.md: commands, options of run, exit statuses.
[[nodiscard]] std::string tables_as_markdown();

} // namespace wsd::loadgen
