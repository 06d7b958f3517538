#pragma once

#include <cstddef>
#include <string_view>

namespace wsd {

// The offset of the first byte outside ASCII where TOML allows none: outside strings and comments. npos: there is none.
// toml++ 3.3 runs into undefined behaviour when it meets one there (`is_non_ascii_horizontal_whitespace` reaches its
// TOML_UNREACHABLE for letters such as U+00FC), so text is looked through before. A byte-order mark at the beginning
// is no such byte. What stands behind the first error of syntax is looked at as if there were none.
[[nodiscard]] std::size_t find_stray_character(std::string_view toml);

} // namespace wsd
