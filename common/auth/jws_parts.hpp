#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace wsd {

// The parts of a compact JWS, decoded, and the text that its signature covers.
struct jws_parts {
    std::string_view signed_text;
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
};

// Views into `token` and `buffer`, which outlive the result. nullopt: longer than the buffer, not exactly three parts,
// or a part that is empty or no canonical base64url.
[[nodiscard]] std::optional<jws_parts> split_token(std::string_view token, std::span<char> buffer) noexcept;

} // namespace wsd
