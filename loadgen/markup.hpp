#pragma once

#include <string>
#include <string_view>

namespace wsd::loadgen {

// `with` before each of the special characters, as man pages and Markdown want it.
[[nodiscard]] inline std::string escape_each(std::string_view text, std::string_view special, std::string_view with) {
    std::string out;
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) out += with;
        out += c;
    }
    return out;
}

} // namespace wsd::loadgen
