#pragma once

#include <span>
#include <string>
#include <string_view>

namespace wsd {

// Edits (insert, delete, replace, swap of two neighbours) that turn one word into the other.
[[nodiscard]] std::size_t edit_distance(std::string_view from, std::string_view to);

// The candidate with the smallest edit distance; of several the first. Empty when there is none.
[[nodiscard]] std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

} // namespace wsd
