#include "common/config/mistake.hpp"

#include "common/base/nearest.hpp"
#include "common/config/option_value.hpp"

#include <cstdio>

namespace wsd {
namespace {

constexpr std::size_t longest_shown = 120; // bytes

// On one line, whatever it holds.
std::string printable(std::string_view text) {
    std::string line;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\x%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
            line += escape;
        } else {
            line += c;
        }
    }
    return line;
}

// The beginning of what somebody else wrote.
std::string shortened(std::string_view written) {
    if (written.size() <= longest_shown) return printable(written);
    auto length = longest_shown;
    while (length > 0 && (static_cast<unsigned char>(written[length]) & 0xC0) == 0x80) --length;
    return printable(written.substr(0, length)) + "…";
}

} // namespace

std::string mistake::text() const {
    std::string line = shortened(option);
    if (!value.empty()) line += " = " + shortened(value);
    return line + " (" + printable(where) + "): " + printable(problem);
}

mistake bad_value(const option_row& row, std::string_view written, std::string where) {
    return {.option = key_name(row),
            .value = row.secret && !written.empty() ? "***" : std::string(written),
            .where = std::move(where),
            .problem = "must be " + allowed_text(row)};
}

mistake unknown_name(std::string_view name, std::string where, std::span<const std::string> known) {
    return {.option = std::string(name),
            .value = {},
            .where = std::move(where),
            .problem = "unknown option; did you mean " + nearest_name(name, known) + "?"};
}

} // namespace wsd
