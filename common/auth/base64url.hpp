#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// base64url without padding (RFC 4648 §5, RFC 7515 §2), in its canonical form only: every sequence of bytes has exactly
// one text, so that no two texts name the same signature.
namespace wsd {

[[nodiscard]] constexpr std::size_t base64url_decoded_size(std::size_t text_size) noexcept {
    return text_size / 4 * 3 + text_size % 4 * 3 / 4;
}

// Writes base64url_decoded_size(text.size()) bytes to `out`, which must have room for them. false: `text` has padding,
// a character outside the alphabet, an impossible length, or unused bits that are not zero. Empty text is no bytes.
[[nodiscard]] bool base64url_decode(std::string_view text, std::span<char> out) noexcept;
// nullopt: as above.
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

[[nodiscard]] std::string base64url_encode(std::string_view bytes);

} // namespace wsd
