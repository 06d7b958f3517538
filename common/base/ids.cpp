#include "common/base/ids.hpp"

namespace wsd {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

} // namespace

message_id message_id::make(std::int64_t time_ms, std::uint16_t store_tag, std::uint64_t offset) noexcept {
    constexpr std::uint64_t version = 7;
    constexpr std::uint64_t variant = 2;
    return {.high = static_cast<std::uint64_t>(time_ms) << 16 | version << 12,
            .low = variant << 62 | (std::uint64_t{store_tag} & 0x3fff) << 48 | (offset & offset_mask)};
}

std::optional<message_id> message_id::parse(std::string_view text) noexcept {
    if (text.size() != 36) return std::nullopt;
    std::uint64_t words[2] = {0, 0};
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i] != '-') return std::nullopt;
            continue;
        }
        const int value = hex_value(text[i]);
        if (value < 0) return std::nullopt;
        words[digits / 16] = words[digits / 16] << 4 | static_cast<std::uint64_t>(value);
        ++digits;
    }
    return message_id{.high = words[0], .low = words[1]};
}

void message_id::append_to(std::string& out) const {
    char text[36];
    std::size_t position = 0;
    for (unsigned digit = 0; digit < 32; ++digit) {
        if (digit == 8 || digit == 12 || digit == 16 || digit == 20) text[position++] = '-';
        const std::uint64_t word = digit < 16 ? high : low;
        text[position++] = hex_digits[word >> (60 - 4 * (digit % 16)) & 0xf];
    }
    out.append(text, sizeof text);
}

std::string message_id::to_string() const {
    std::string out;
    append_to(out);
    return out;
}

} // namespace wsd
