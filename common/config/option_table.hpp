#pragma once

#include "common/config/settings.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace wsd {

// monostate: not set · uint64: whole number, or the index of a choice · the rest by kind.
using option_value = std::variant<std::monostate, std::uint64_t, double, bool, std::string, std::vector<std::string>>;

enum class option_kind : std::uint8_t { whole_number, decimal, boolean, choice, text, list };

// Everything there is to know about one option. Flag, file key, environment variable, checks and documentation are
// derived from it.
struct option_row {
    std::string_view section;
    std::string_view variable; // of the environment; flag and key are derived from it
    option_kind kind = option_kind::text;
    std::string_view default_text;               // as in the environment; empty: not set
    std::uint64_t lowest = 0;                    // whole numbers, inclusive
    std::uint64_t highest = 0;                   // whole numbers, inclusive
    std::span<const std::string_view> choices{}; // choices
    bool (*accepts)(std::string_view) = nullptr; // text, items of a list, the digits of a decimal
    std::string_view allowed{};                  // what `accepts` accepts, to be read after "must be"
    std::string_view unit{};                     // "ms", "bytes", …; empty: none
    std::string_view help;
    bool secret = false;  // the value is never shown
    bool has_flag = true; // secrets have none: other users can read command lines
    bool in_file = true;  // false: not a key of the file
    void (*store)(settings&, const option_value&) = nullptr;
    option_value (*fetch)(const settings&) = nullptr;
};

// All options, in the order of the documentation. Static storage.
[[nodiscard]] std::span<const option_row> option_table();

// The row of a variable that is known to exist.
[[nodiscard]] const option_row& option_named(std::string_view variable);

[[nodiscard]] std::size_t index_of(const option_row& row);

// `WS_RATE_LIMIT_MESSAGES` → `rate-limit-messages`, without the leading dashes.
[[nodiscard]] std::string flag_name(const option_row& row);
// `WS_RATE_LIMIT_MESSAGES` → `rate_limit_messages`: the name of the option wherever one is shown.
[[nodiscard]] std::string key_name(const option_row& row);

// The defaults of the table. Not a usable configuration of a server: a key is missing.
[[nodiscard]] settings default_settings();

} // namespace wsd
