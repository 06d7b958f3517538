#pragma once

#include "common/config/option_table.hpp"

#include <span>
#include <string>
#include <string_view>

namespace wsd {

// One thing wrong with the configuration, said in one line whatever bytes the input held.
struct mistake {
    std::string option;  // key name; of an unknown one as it was written
    std::string value;   // as it was written; masked when secret; empty: nothing to show
    std::string where;   // "flag --port", "environment variable PORT", "wsd.toml:3:8"
    std::string problem; // "must be a whole number from 0 to 65535"

    // `port = "70000" (flag --port): must be a whole number from 0 to 65535`
    [[nodiscard]] std::string text() const;

    friend bool operator==(const mistake&, const mistake&) = default;
};

// `written` is what stands in the source, quotes included where the source has them.
[[nodiscard]] mistake bad_value(const option_row& row, std::string_view written, std::string where);

// A name that no option has. Its value is not shown: it may be a secret under a mistyped name.
[[nodiscard]] mistake unknown_name(std::string_view name, std::string where, std::span<const std::string> known);

} // namespace wsd
