#pragma once

#include <string_view>

namespace wsd {

// Whether two secrets are equal, in a time that depends on their lengths only.
[[nodiscard]] bool constant_time_equal(std::string_view a, std::string_view b) noexcept;

} // namespace wsd
