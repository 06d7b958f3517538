#include "common/auth/base64url.hpp"

#include <array>
#include <cstdint>

namespace wsd {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// A value above 63 marks a character outside the alphabet; its high bits survive the or of four values.
constexpr std::uint32_t invalid = 0xff00'0000;

constexpr std::array<std::uint32_t, 256> make_values() {
    std::array<std::uint32_t, 256> values{};
    values.fill(invalid);
    for (std::uint32_t i = 0; i < alphabet.size(); ++i) values[static_cast<unsigned char>(alphabet[i])] = i;
    return values;
}
constexpr std::array<std::uint32_t, 256> values = make_values();

std::uint32_t value_of(char c) noexcept { return values[static_cast<unsigned char>(c)]; }
char byte_of(std::uint32_t bits) noexcept { return static_cast<char>(static_cast<unsigned char>(bits & 0xff)); }

} // namespace

bool base64url_decode(std::string_view text, std::span<char> out) noexcept {
    const std::size_t tail = text.size() % 4;
    if (tail == 1 || out.size() < base64url_decoded_size(text.size())) return false;
    std::uint32_t seen = 0;
    const char* in = text.data();
    char* to = out.data();
    for (const char* end = in + (text.size() - tail); in != end; in += 4, to += 3) {
        const std::uint32_t a = value_of(in[0]), b = value_of(in[1]), c = value_of(in[2]), d = value_of(in[3]);
        const std::uint32_t bits = a << 18 | b << 12 | c << 6 | d;
        seen |= a | b | c | d;
        to[0] = byte_of(bits >> 16);
        to[1] = byte_of(bits >> 8);
        to[2] = byte_of(bits);
    }
    if (tail != 0) {
        const std::uint32_t a = value_of(in[0]), b = value_of(in[1]), c = tail == 3 ? value_of(in[2]) : 0;
        const std::uint32_t bits = a << 18 | b << 12 | c << 6;
        seen |= a | b | c;
        to[0] = byte_of(bits >> 16);
        if (tail == 3) to[1] = byte_of(bits >> 8);
        const std::uint32_t unused = tail == 3 ? bits & 0xff : bits & 0xffff;
        if (unused != 0) return false;
    }
    return (seen & invalid) == 0;
}

std::optional<std::string> base64url_decode(std::string_view text) {
    std::string out(base64url_decoded_size(text.size()), '\0');
    if (!base64url_decode(text, std::span<char>(out))) return std::nullopt;
    return out;
}

std::string base64url_encode(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    unsigned pending = 0;
    for (const char c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        pending += 8;
        while (pending >= 6) {
            pending -= 6;
            out += alphabet[bits >> pending & 0x3f];
        }
    }
    if (pending != 0) out += alphabet[bits << (6 - pending) & 0x3f];
    return out;
}

} // namespace wsd
