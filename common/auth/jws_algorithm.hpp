#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace wsd {

// The signature algorithms of RFC 7518 and RFC 8037 that are known here. There is no `none`.
enum class jws_algorithm : std::uint8_t { hs256, rs256, ps256, es256, eddsa };

inline constexpr std::array<std::pair<jws_algorithm, std::string_view>, 5> jws_algorithm_names{{
    {jws_algorithm::hs256, "HS256"},
    {jws_algorithm::rs256, "RS256"},
    {jws_algorithm::ps256, "PS256"},
    {jws_algorithm::es256, "ES256"},
    {jws_algorithm::eddsa, "EdDSA"},
}};

[[nodiscard]] constexpr std::string_view name_of(jws_algorithm algorithm) noexcept {
    for (const auto& [value, name] : jws_algorithm_names) {
        if (value == algorithm) return name;
    }
    return {};
}

// Exactly as written, since JWS names are case-sensitive; nullopt for every other name.
[[nodiscard]] constexpr std::optional<jws_algorithm> parse_jws_algorithm(std::string_view text) noexcept {
    for (const auto& [value, name] : jws_algorithm_names) {
        if (name == text) return value;
    }
    return std::nullopt;
}

} // namespace wsd
