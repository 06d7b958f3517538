#include "common/auth/client_address.hpp"

#include "common/auth/field_text.hpp"

#include <algorithm>
#include <optional>

namespace wsd {
namespace {

bool is_port(std::string_view text) noexcept {
    unsigned port = 0;
    if (text.empty() || text.size() > 5) return false;
    for (const char c : text) {
        if (c < '0' || c > '9') return false;
        port = port * 10 + static_cast<unsigned>(c - '0');
    }
    return port <= 65535;
}

// An address as proxies write it: `1.2.3.4`, `1.2.3.4:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
std::optional<ip_address> parse_element(std::string_view text) noexcept {
    text = trim_blanks(text);
    const std::size_t colon = text.find(':');
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == text.npos || colon == text.npos || colon > end) return std::nullopt;
        const std::string_view rest = text.substr(end + 1);
        if (!rest.empty() && !(rest.front() == ':' && is_port(rest.substr(1)))) return std::nullopt;
        return ip_address::parse(text.substr(1, end - 1));
    }
    if (colon != text.npos && text.find(':', colon + 1) == text.npos) { // IPv6 has two colons at least
        if (!is_port(text.substr(colon + 1))) return std::nullopt;
        text = text.substr(0, colon);
    }
    return ip_address::parse(text);
}

} // namespace

setup_result<proxy_list> proxy_list::parse(std::span<const std::string> networks) {
    if (networks.size() > networks_max) {
        return setup_error{"the list has more than " + std::to_string(networks_max) + " networks"};
    }
    proxy_list list;
    for (const std::string& text : networks) {
        const setup_result<ip_network> network = ip_network::parse(text);
        if (!network) return network.error();
        list.networks_.push_back(*network);
    }
    return list;
}

bool proxy_list::trusts(const ip_address& address) const noexcept {
    return std::any_of(networks_.begin(), networks_.end(), [&](const ip_network& n) { return n.contains(address); });
}

ip_address proxy_list::client_of(const ip_address& peer, const forwarding_fields& fields) const noexcept {
    if (!trusts(peer)) return peer;
    if (fields.forwarded_for.empty()) {
        const auto named = fields.real_ip.size() == 1 ? parse_element(fields.real_ip.front()) : std::nullopt;
        return named.value_or(peer);
    }
    ip_address left_most = peer;
    for (std::size_t i = fields.forwarded_for.size(); i-- > 0;) {
        std::string_view rest = fields.forwarded_for[i];
        for (bool more = true; more;) {
            const std::size_t comma = rest.rfind(',');
            more = comma != rest.npos;
            const auto element = parse_element(more ? rest.substr(comma + 1) : rest);
            if (!element) return peer;
            if (!trusts(*element)) return *element;
            left_most = *element;
            if (more) rest = rest.substr(0, comma);
        }
    }
    return left_most;
}

} // namespace wsd
