#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>

namespace wsd {

// What the limit per address counts: an IPv4 address, or the /64 of an IPv6 address. An IPv4-mapped IPv6 address is its
// IPv4 address. Network byte order.
struct ip_key {
    std::array<std::uint8_t, 16> bytes{}; // IPv4 as ::ffff:a.b.c.d; bits beyond the prefix are 0
    std::uint8_t prefix = 0;              // 128 for IPv4, 64 for IPv6

    [[nodiscard]] static constexpr ip_key from_v4(const std::array<std::uint8_t, 4>& address) noexcept {
        ip_key key{.prefix = 128};
        key.bytes[10] = key.bytes[11] = 0xff;
        std::copy(address.begin(), address.end(), key.bytes.begin() + 12);
        return key;
    }
    [[nodiscard]] static constexpr ip_key from_v6(const std::array<std::uint8_t, 16>& address) noexcept {
        const bool mapped = address[10] == 0xff && address[11] == 0xff &&
                            std::all_of(address.begin(), address.begin() + 10, [](std::uint8_t b) { return b == 0; });
        if (mapped) return from_v4({address[12], address[13], address[14], address[15]});
        ip_key key{.prefix = 64};
        std::copy(address.begin(), address.begin() + 8, key.bytes.begin());
        return key;
    }

    friend constexpr auto operator<=>(const ip_key&, const ip_key&) = default;
};

} // namespace wsd
