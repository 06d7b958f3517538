#pragma once

#include "common/auth/ip_address.hpp"
#include "common/auth/setup_error.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wsd {

// The values of the fields of those names, in the order received; an absent field is an empty span.
struct forwarding_fields {
    std::span<const std::string_view> forwarded_for; // X-Forwarded-For
    std::span<const std::string_view> real_ip;       // X-Real-IP
};

// Owns the networks whose word about the client's address counts. Made at start and never changed after: any number of
// threads may ask it at once. Bounded by networks_max.
class proxy_list {
  public:
    static constexpr std::size_t networks_max = 1000;

    // Entries as ip_network::parse.
    [[nodiscard]] static setup_result<proxy_list> parse(std::span<const std::string> networks);

    [[nodiscard]] bool trusts(const ip_address& address) const noexcept;

    // Whose connection this is. The peer of the TCP connection, unless it is a trusted proxy; then the right-most
    // address of X-Forwarded-For that is none (all are: the left-most), or without that field X-Real-IP. The peer also
    // when an element is malformed that is met on the way from the right, or when X-Real-IP is malformed or repeated.
    [[nodiscard]] ip_address client_of(const ip_address& peer, const forwarding_fields& fields) const noexcept;

  private:
    std::vector<ip_network> networks_;
};

} // namespace wsd
