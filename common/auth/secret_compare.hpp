#pragma once

#include <string_view>

namespace wsd {

// Whether two secrets are the same, in a time that tells nothing about where they differ or how long `expected` is.
[[nodiscard]] bool equal_secrets(std::string_view given, std::string_view expected) noexcept;

} // namespace wsd
