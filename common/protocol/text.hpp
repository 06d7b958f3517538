#pragma once

#include <cstddef>
#include <string_view>

// Rules about strings of the protocol. All arguments are valid UTF-8 (the WebSocket layer and the JSON parser see to
// that); results are views into them.
namespace wsd {

inline constexpr std::size_t id_bytes_max = 128;
inline constexpr std::size_t tag_code_points_max = 128;

[[nodiscard]] std::size_t count_code_points(std::string_view text) noexcept;
// The first `code_points_max` code points of it, or all.
[[nodiscard]] std::string_view cut_to_code_points(std::string_view text, std::size_t code_points_max) noexcept;

// U+0000–U+001F or U+007F occurs.
[[nodiscard]] bool has_control_characters(std::string_view text) noexcept;

// Code points with the Unicode property White_Space.
[[nodiscard]] bool is_white_space(char32_t code_point) noexcept;
// Empty, or nothing but white space.
[[nodiscard]] bool is_blank(std::string_view text) noexcept;
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

// User, room and message ids: 1..128 bytes without control characters.
[[nodiscard]] bool is_id(std::string_view text) noexcept;
// Ids that clients make up: 1..code_points_max code points without control characters.
[[nodiscard]] bool is_tag(std::string_view text, std::size_t code_points_max = tag_code_points_max) noexcept;

} // namespace wsd
