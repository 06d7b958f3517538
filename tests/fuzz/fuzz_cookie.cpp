#include "common/auth/cookie.hpp"
#include "common/auth/token_source.hpp"
#include "common/base/ensure.hpp"
#include "tests/fuzz/targets.hpp"

#include <string>
#include <vector>

namespace wsd::fuzz {
namespace {

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// The rules once more, put differently.
cookie_lookup look_simply(const std::vector<std::string_view>& fields, std::string_view name) {
    std::vector<std::string_view> values;
    for (std::string_view field : fields) {
        for (std::size_t end = 0; end != std::string_view::npos;) {
            end = field.find(';');
            const std::string_view pair = trimmed(field.substr(0, end));
            if (end != std::string_view::npos) field.remove_prefix(end + 1);
            const std::size_t equals = pair.find('=');
            if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
            std::string_view value = pair.substr(equals + 1);
            if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
                value = value.substr(1, value.size() - 2);
            values.push_back(value);
        }
    }
    return {.value = values.empty() ? std::string_view() : values.front(), .ambiguous = values.size() > 1};
}

} // namespace

int fuzz_cookie(octets input) {
    std::string_view rest = text_of(input);
    const std::string_view name = take_line(rest);
    std::vector<std::string_view> fields;
    while (!rest.empty()) fields.push_back(take_line(rest));
    const cookie_lookup found = find_cookie(fields, name);
    if (!name.empty() && name.find_first_of(" \t;=\"") == std::string_view::npos) { // what a name may be
        const cookie_lookup simple = look_simply(fields, name);
        ensure(found.ambiguous == simple.ambiguous, "two cookies of the name are ambiguous, and no others");
        ensure(found.ambiguous || found.value == simple.value, "the value is what stands in the field");
    }
    const token_fields all{
        .cookies = fields, .authorization = fields.empty() ? name : fields.front(), .subprotocols = fields};
    const token_lookup token = find_token(all, name);
    ensure(token.token.empty() == (token.source == token_source::none), "a token has a source, and a source a token");
    return 0;
}

} // namespace wsd::fuzz
