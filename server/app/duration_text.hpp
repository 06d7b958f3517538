#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace wsd {

// `90s`, `15m`, `1h`, `30d`: decimal digits and one unit, more than 0 and at most 3650 days.
[[nodiscard]] std::optional<std::chrono::seconds> parse_duration(std::string_view text);

} // namespace wsd
