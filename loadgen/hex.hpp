#pragma once

#include <cstddef>
#include <string_view>

namespace wsd::loadgen {

// Fixed-width lower-case hexadecimal: two digits for each byte of Number.
template <class Number> constexpr std::size_t hex_digits = sizeof(Number) * 2;

template <class Number> constexpr void put_hex(char* at, Number value) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t i = hex_digits<Number>; i-- > 0; value >>= 4)
        at[i] = digits[static_cast<std::size_t>(value & 0xf)];
}

// False: other characters stand at `at`; `value` is then unspecified.
template <class Number> constexpr bool take_hex(const char* at, Number& value) {
    value = 0;
    for (std::size_t i = 0; i < hex_digits<Number>; ++i) {
        const char c = at[i];
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) return false;
        value = static_cast<Number>(value << 4 | static_cast<Number>(digit));
    }
    return true;
}

} // namespace wsd::loadgen
