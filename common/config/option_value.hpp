#pragma once

#include "common/config/option_table.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace wsd {

// The value that `text` (of a flag, a variable or a string in the file) stands for; monostate when it is empty and the
// option may be unset. nullopt: it does not parse or is out of bounds; allowed_text() says what would do.
[[nodiscard]] std::optional<option_value> parse_option(const option_row& row, std::string_view text);

// One item of a list, as parse_option() would accept it.
[[nodiscard]] bool accepts_item(const option_row& row, std::string_view item);

// To be read after "must be": "a whole number from 0 to 65535".
[[nodiscard]] std::string allowed_text(const option_row& row);

// The value as it is written in the configuration file. Secrets that are set are shown as "***".
[[nodiscard]] std::string to_toml(const option_row& row, const option_value& value);

// A TOML basic string, quotes included.
[[nodiscard]] std::string quoted(std::string_view text);

} // namespace wsd
