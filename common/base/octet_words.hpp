#pragma once

#include <cstdint>
#include <cstring>

// Eight octets of a text at a time. Marks are in the highest bit of an octet; above the first true one others may be
// marked wrongly, so a result is good for "is there any" and for "which is the first" of a little-endian word.
namespace wsd {

template <class Word> [[nodiscard]] Word word_at(const char* from) noexcept {
    Word word = 0;
    std::memcpy(&word, from, sizeof word);
    return word;
}

constexpr std::uint64_t every_octet(std::uint8_t value) noexcept { return value * std::uint64_t{0x0101010101010101}; }

// Octets below `limit`, which is at most 0x80.
constexpr std::uint64_t octets_below(std::uint64_t word, std::uint8_t limit) noexcept {
    return (word - every_octet(limit)) & ~word & every_octet(0x80);
}
constexpr std::uint64_t octets_equal(std::uint64_t word, char value) noexcept {
    return octets_below(word ^ every_octet(static_cast<std::uint8_t>(value)), 1);
}

} // namespace wsd
