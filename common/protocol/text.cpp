#include "common/protocol/text.hpp"

#include "common/base/octet_words.hpp"

#include <algorithm>

namespace wsd {
namespace {

bool is_continuation(char c) noexcept { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

struct decoded_code_point {
    char32_t value;
    std::size_t size;
};

// Of the code point that `text`, valid and not empty, begins with.
decoded_code_point first_code_point(std::string_view text) noexcept {
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) return {lead, 1};
    const std::size_t size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (size > text.size()) return {U'\uFFFD', text.size()};
    char32_t value = lead & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) value = value << 6 | (static_cast<unsigned char>(text[i]) & 0x3fU);
    return {value, size};
}

} // namespace

std::size_t count_code_points(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !is_continuation(c); }));
}

std::string_view cut_to_code_points(std::string_view text, std::size_t code_points_max) noexcept {
    if (text.size() <= code_points_max) return text;
    std::size_t seen = 0;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (!is_continuation(text[i]) && seen++ == code_points_max) return text.substr(0, i);
    return text;
}

bool has_control_characters(std::string_view text) noexcept {
    for (; text.size() >= 8; text.remove_prefix(8)) {
        const auto word = word_at<std::uint64_t>(text.data());
        if ((octets_below(word, 0x20) | octets_equal(word, 0x7f)) != 0) return true;
    }
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_white_space(char32_t c) noexcept {
    if (c <= 0x20) return c == 0x20 || (c >= 0x09 && c <= 0x0d);
    if (c < 0x1680) return c == 0x85 || c == 0xa0;
    if (c >= 0x2000 && c <= 0x200a) return true;
    return c == 0x1680 || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool is_blank(std::string_view text) noexcept { return trim(text).empty(); }

std::string_view trim(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto [value, size] = first_code_point(text);
        if (!is_white_space(value)) break;
        text.remove_prefix(size);
    }
    while (!text.empty()) {
        std::size_t start = text.size() - 1;
        while (start > 0 && is_continuation(text[start])) --start;
        if (!is_white_space(first_code_point(text.substr(start)).value)) break;
        text = text.substr(0, start);
    }
    return text;
}

bool is_id(std::string_view text) noexcept {
    return !text.empty() && text.size() <= id_bytes_max && !has_control_characters(text);
}

bool is_tag(std::string_view text, std::size_t code_points_max) noexcept {
    return !text.empty() && count_code_points(text) <= code_points_max && !has_control_characters(text);
}

} // namespace wsd
