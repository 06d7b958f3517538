#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace wsd {

// The subprotocol of the chat; the only one that is ever selected.
inline constexpr std::string_view chat_subprotocol = "wsd.v1";
// A client that can set neither cookie nor header offers its token as a subprotocol of this prefix.
inline constexpr std::string_view token_subprotocol_prefix = "wsd.bearer.";

// The values of the fields of an upgrade request, in the order received. An absent field is an empty span or text.
struct token_fields {
    std::span<const std::string_view> cookies;      // Cookie
    std::string_view authorization;                 // Authorization; more than one is refused before
    std::span<const std::string_view> subprotocols; // Sec-WebSocket-Protocol
};

enum class token_source : std::uint8_t { none, cookie, bearer, subprotocol };
enum class token_ambiguity : std::uint8_t { none, cookie, subprotocol };

struct token_lookup {
    std::string_view token; // into one of the fields; empty exactly when source is none
    token_source source = token_source::none;
    // Two cookies of the name, or two token subprotocols, whichever source would be used: the request is refused.
    token_ambiguity ambiguity = token_ambiguity::none;
    bool offers_chat = false; // wsd.v1 is among the subprotocols: the answer selects it
};

// The first of cookie, Authorization and subprotocol (together with wsd.v1) that yields a non-empty text. What the text
// is worth is for verify() to say.
[[nodiscard]] token_lookup find_token(const token_fields& fields, std::string_view cookie_name) noexcept;

// The text after the scheme Bearer (any case); empty for another scheme.
[[nodiscard]] std::string_view bearer_token(std::string_view authorization) noexcept;

} // namespace wsd
