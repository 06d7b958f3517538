#include "common/protocol/json_writer.hpp"

#include "common/base/octet_words.hpp"

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

std::uint64_t escape_marks(std::uint64_t word) noexcept {
    return octets_below(word, 0x20) | octets_equal(word, '"') | octets_equal(word, '\\');
}

#if defined(__SSE2__)
// The same for sixteen octets, exact.
__m128i escape_marks(__m128i block) noexcept {
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block);
    const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    return _mm_or_si128(control, _mm_or_si128(quote, _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'))));
}
#endif

// Copies `text` while it looks for what needs an escape, in overlapping pieces instead of single characters. False:
// something does; `to` then holds nothing of use.
bool copy_plain(char* to, std::string_view text) noexcept {
    const char* const from = text.data();
    const std::size_t size = text.size();
    if (size >= 16) {
#if defined(__SSE2__)
        constexpr std::size_t step = 16;
        __m128i marks = _mm_setzero_si128();
        const auto copy = [&](std::size_t at) {
            const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + at));
            marks = _mm_or_si128(marks, escape_marks(block));
            _mm_storeu_si128(reinterpret_cast<__m128i*>(to + at), block);
        };
        const auto marked = [&] { return _mm_movemask_epi8(marks) != 0; };
#else
        constexpr std::size_t step = 8;
        std::uint64_t marks = 0;
        const auto copy = [&](std::size_t at) {
            const auto word = word_at<std::uint64_t>(from + at);
            marks |= escape_marks(word);
            std::memcpy(to + at, &word, sizeof word);
        };
        const auto marked = [&] { return marks != 0; };
#endif
        for (std::size_t at = 0; at + step < size; at += step) copy(at);
        copy(size - step);
        return !marked();
    }
    if (size >= 8) {
        const auto first = word_at<std::uint64_t>(from);
        const auto last = word_at<std::uint64_t>(from + size - 8);
        std::memcpy(to, &first, 8);
        std::memcpy(to + size - 8, &last, 8);
        return (escape_marks(first) | escape_marks(last)) == 0;
    }
    if (size >= 4) {
        const auto first = word_at<std::uint32_t>(from);
        const auto last = word_at<std::uint32_t>(from + size - 4);
        std::memcpy(to, &first, 4);
        std::memcpy(to + size - 4, &last, 4);
        return escape_marks(std::uint64_t{last} << 32 | first) == 0;
    }
    for (std::size_t at = 0; at < size; ++at) {
        if (needs_escape(from[at])) return false;
        to[at] = from[at];
    }
    return true;
}

} // namespace

std::size_t find_escape(std::string_view text) noexcept {
    std::size_t i = 0;
#if defined(__SSE2__)
    for (; i + 16 <= text.size(); i += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
        if (const int mask = _mm_movemask_epi8(escape_marks(block)))
            return i + static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(mask)));
    }
#endif
    while (i + 8 <= text.size() && escape_marks(word_at<std::uint64_t>(text.data() + i)) == 0) i += 8;
    while (i < text.size() && !needs_escape(text[i])) ++i;
    return i;
}

void json_writer::grow(std::size_t bytes) {
    const auto used = position();
    out_.resize(used + bytes + step);
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
    ensure(value.size() + 2);
    if (!copy_plain(next_ + 1, value)) return escaped(value);
    *next_ = '"';
    next_ += value.size() + 1;
    *next_++ = '"';
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
