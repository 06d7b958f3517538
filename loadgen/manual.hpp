#pragma once

#include <string>

namespace wsd::loadgen {

// The manual page wsload(1), in man's macros.
[[nodiscard]] std::string manual_page();

} // namespace wsd::loadgen
