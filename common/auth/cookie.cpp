#include "common/auth/cookie.hpp"

#include "common/auth/field_text.hpp"

namespace wsd {
namespace {

std::string_view without_quotes(std::string_view value) noexcept {
    const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
    return quoted ? value.substr(1, value.size() - 2) : value;
}

} // namespace

cookie_lookup find_cookie(std::span<const std::string_view> fields, std::string_view name) noexcept {
    cookie_lookup found;
    bool seen = false;
    for (std::string_view field : fields) {
        while (!field.empty()) {
            const std::string_view pair = trim_blanks(take_until(field, ';'));
            const std::size_t equals = pair.find('=');
            if (equals == pair.npos || pair.substr(0, equals) != name) continue;
            if (seen) return {found.value, true};
            found.value = without_quotes(pair.substr(equals + 1));
            seen = true;
        }
    }
    return found;
}

} // namespace wsd
