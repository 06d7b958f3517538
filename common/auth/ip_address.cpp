#include "common/auth/ip_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>

namespace wsd {
namespace {

constexpr std::array<unsigned char, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned mapped_bits = 96;
constexpr unsigned address_bits = 128;

} // namespace

std::optional<ip_address> ip_address::parse(std::string_view text) noexcept {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.empty() || text.size() >= terminated.size() || text.find('\0') != text.npos) return std::nullopt;
    std::copy(text.begin(), text.end(), terminated.begin());
    if (std::array<unsigned char, 4> v4; inet_pton(AF_INET, terminated.data(), v4.data()) == 1) return from_v4(v4);
    if (std::array<unsigned char, 16> v6; inet_pton(AF_INET6, terminated.data(), v6.data()) == 1) return from_v6(v6);
    return std::nullopt;
}

ip_address ip_address::from_v4(const std::array<unsigned char, 4>& bytes) noexcept {
    ip_address out;
    std::copy(mapped_prefix.begin(), mapped_prefix.end(), out.bytes.begin());
    std::copy(bytes.begin(), bytes.end(), out.bytes.begin() + mapped_prefix.size());
    return out;
}

bool ip_address::is_v4() const noexcept {
    return std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes.begin());
}

bool ip_address::is_loopback() const noexcept {
    if (is_v4()) return bytes[mapped_prefix.size()] == 127;
    return std::all_of(bytes.begin(), bytes.end() - 1, [](unsigned char b) { return b == 0; }) && bytes.back() == 1;
}

std::string ip_address::to_string() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const bool v4 = is_v4();
    inet_ntop(v4 ? AF_INET : AF_INET6, bytes.data() + (v4 ? mapped_prefix.size() : 0), text.data(), text.size());
    return text.data();
}

setup_result<ip_network> ip_network::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view address_text = text.substr(0, slash);
    const std::optional<ip_address> address = ip_address::parse(address_text);
    if (!address) {
        return setup_error{"\"" + std::string(text.substr(0, 100)) +
                           "\" is no network; write an address and a number of bits, for example 10.0.0.0/8 or "
                           "2001:db8::/32"};
    }
    // How many bits the text itself has: a mapped address written as IPv6 has 128.
    const unsigned width = address_text.find(':') == text.npos ? 32 : address_bits;
    unsigned bits = width;
    if (slash != text.npos) {
        const char* end = text.data() + text.size();
        const auto [stop, ec] = std::from_chars(text.data() + slash + 1, end, bits);
        if (ec != std::errc() || stop != end || bits > width) {
            return setup_error{"\"" + std::string(text.substr(0, 100)) + "\" must have 0 to " + std::to_string(width) +
                               " bits after the slash"};
        }
    }
    ip_network network;
    network.base_ = *address;
    network.bits_ = bits + (address_bits - width);
    return network;
}

bool ip_network::contains(const ip_address& address) const noexcept {
    const bool network_of_v4 = base_.is_v4() && bits_ >= mapped_bits;
    if (address.is_v4() != network_of_v4) return false;
    const std::size_t whole = bits_ / 8;
    if (!std::equal(base_.bytes.begin(), base_.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                    address.bytes.begin()))
        return false;
    if (bits_ % 8 == 0) return true;
    const unsigned shift = 8 - bits_ % 8;
    return base_.bytes[whole] >> shift == address.bytes[whole] >> shift;
}

} // namespace wsd
