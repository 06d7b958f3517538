#include "common/protocol/json_writer.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace wsd {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

constexpr auto hex_pairs = [] {
    std::array<char, 512> pairs{};
    for (std::size_t byte = 0; byte < 256; ++byte) {
        pairs[2 * byte] = hex_digits[byte >> 4];
        pairs[2 * byte + 1] = hex_digits[byte & 0xf];
    }
    return pairs;
}();

char* write_hex(char* to, std::uint64_t word, int first_byte, int bytes) noexcept {
    for (int i = first_byte; i < first_byte + bytes; ++i, to += 2)
        std::memcpy(to, hex_pairs.data() + 2 * (word >> (56 - 8 * i) & 0xff), 2);
    return to;
}

constexpr bool needs_escape(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

// The letter of the two-character escape, 'u' for a \u00xx escape, 0 for none.
constexpr char escape_letter(char c) noexcept {
    switch (c) {
    case '"':
        return '"';
    case '\\':
        return '\\';
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return static_cast<unsigned char>(c) < 0x20 ? 'u' : '\0';
    }
}

// A non-zero byte for each byte of `word` that needs an escape; bytes above the first such one may be marked wrongly.
constexpr std::uint64_t escape_marks(std::uint64_t word) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t highs = 0x8080808080808080;
    const std::uint64_t quote = word ^ ones * '"';
    const std::uint64_t backslash = word ^ ones * '\\';
    return (((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) & highs;
}

} // namespace

std::size_t find_escape(std::string_view text) noexcept {
    std::size_t i = 0;
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i last_control = _mm_set1_epi8(0x1f);
    for (; i + 16 <= text.size(); i += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
        const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, last_control), block);
        const __m128i marks =
            _mm_or_si128(control, _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)));
        if (const int mask = _mm_movemask_epi8(marks))
            return i + static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(mask)));
    }
#endif
    for (; i + 8 <= text.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + i, 8);
        if (escape_marks(word) != 0) break;
    }
    while (i < text.size() && !needs_escape(text[i])) ++i;
    return i;
}

void json_writer::grow(std::size_t bytes) {
    const auto used = position();
    out_.resize(used + bytes + std::max(first_step, used / 2));
    set_position(used);
}

void json_writer::uuid(const message_id& id) {
    ensure(38);
    char* to = next_;
    *to++ = '"';
    to = write_hex(to, id.high, 0, 4);
    *to++ = '-';
    to = write_hex(to, id.high, 4, 2);
    *to++ = '-';
    to = write_hex(to, id.high, 6, 2);
    *to++ = '-';
    to = write_hex(to, id.low, 0, 2);
    *to++ = '-';
    to = write_hex(to, id.low, 2, 6);
    *to++ = '"';
    next_ = to;
}

void json_writer::text(std::string_view value) {
    if (find_escape(value) != value.size()) return escaped(value);
    word(value);
}

void json_writer::escaped(std::string_view value) {
    std::size_t size = 2;
    for (const char c : value) {
        const char letter = escape_letter(c);
        size += letter == 0 ? 1 : letter == 'u' ? 6 : 2;
    }
    ensure(size);
    char* to = next_;
    *to++ = '"';
    while (!value.empty()) {
        const auto clean = find_escape(value);
        std::memcpy(to, value.data(), clean);
        to += clean;
        if (clean == value.size()) break;
        const char c = value[clean];
        const char letter = escape_letter(c);
        *to++ = '\\';
        *to++ = letter;
        if (letter == 'u') {
            std::memcpy(to, c < 0x10 ? "000" : "001", 3);
            to[3] = hex_digits[c & 0xf];
            to += 4;
        }
        value.remove_prefix(clean + 1);
    }
    *to++ = '"';
    next_ = to;
}

} // namespace wsd
