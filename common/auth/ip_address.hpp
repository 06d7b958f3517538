#pragma once

#include "common/auth/setup_error.hpp"
#include "common/base/ip_key.hpp"

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace wsd {

// An IPv4 or IPv6 address. An IPv4 address and the IPv6 address that it is mapped to (RFC 4291 §2.5.5.2) are the same.
struct ip_address {
    std::array<unsigned char, 16> bytes{}; // network order; IPv4 as ::ffff:a.b.c.d

    // The usual texts (RFC 4291 §2.2; four decimal numbers without leading zeros); no port, brackets or zone.
    [[nodiscard]] static std::optional<ip_address> parse(std::string_view text) noexcept;
    [[nodiscard]] static ip_address from_v4(const std::array<unsigned char, 4>& bytes) noexcept;
    [[nodiscard]] static ip_address from_v6(const std::array<unsigned char, 16>& bytes) noexcept { return {bytes}; }

    [[nodiscard]] bool is_v4() const noexcept;
    [[nodiscard]] bool is_loopback() const noexcept; // 127.0.0.0/8, ::1
    [[nodiscard]] std::string to_string() const;

    // By which connections are counted: a site has a whole /64 of IPv6.
    [[nodiscard]] ip_key limit_key() const noexcept { return ip_key::from_v6(bytes); }

    friend auto operator<=>(const ip_address&, const ip_address&) = default;
};

// Addresses that share their first bits. A network of IPv6 addresses does not contain IPv4 ones, so ::/0 is not
// 0.0.0.0/0.
class ip_network {
  public:
    // `address/bits`, or an address alone for just that one. Bits beyond the prefix are ignored.
    [[nodiscard]] static setup_result<ip_network> parse(std::string_view text);

    [[nodiscard]] bool contains(const ip_address& address) const noexcept;

  private:
    ip_address base_;
    unsigned bits_ = 0; // of the 128
};

} // namespace wsd
