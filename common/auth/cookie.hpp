#pragma once

#include <span>
#include <string_view>

namespace wsd {

struct cookie_lookup {
    std::string_view value; // of the first cookie of that name, into the field it was found in; empty: none, or empty
    bool ambiguous = false; // two or more cookies have that name, empty ones included
};

// Looks through all Cookie fields of a request. They are split at `;` and at the first `=`, blanks around a pair and
// one pair of double quotes around its value are removed, nothing is decoded. Names are compared case and all; a piece
// without `=` is no cookie. No text is an error. Time is linear in the fields, which the HTTP layer bounds.
[[nodiscard]] cookie_lookup find_cookie(std::span<const std::string_view> fields, std::string_view name) noexcept;

} // namespace wsd
