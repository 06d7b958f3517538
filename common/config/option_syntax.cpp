#include "common/config/option_syntax.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

namespace wsd::syntax {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool all_digits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_digit); }

template <std::size_t Size> std::optional<std::array<std::uint8_t, Size>> address(int family, std::string_view text) {
    std::array<std::uint8_t, Size> bytes{};
    // inet_pton stops at a NUL, which would hide what follows it.
    if (text.find('\0') != std::string_view::npos) return std::nullopt;
    if (inet_pton(family, std::string(text).c_str(), bytes.data()) != 1) return std::nullopt;
    return bytes;
}

auto ipv4(std::string_view text) { return address<4>(AF_INET, text); }
auto ipv6(std::string_view text) { return address<16>(AF_INET6, text); }

bool is_host_label(std::string_view label) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    return std::ranges::all_of(label, [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_'; });
}

bool is_host_name(std::string_view text) {
    if (text.empty() || text.size() > 253) return false;
    std::string_view label;
    for (std::string_view rest = text;;) {
        const auto dot = rest.find('.');
        label = rest.substr(0, dot);
        if (!is_host_label(label)) return false;
        if (dot == std::string_view::npos) break;
        rest.remove_prefix(dot + 1);
    }
    // A name whose last label is a number is a mistyped IPv4 address.
    return !all_digits(label);
}

bool is_port(std::string_view text) {
    unsigned value = 0;
    if (!all_digits(text) || text.size() > 5) return false;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value >= 1 && value <= 65535;
}

// Length of the UTF-8 sequence that `text` begins with (RFC 3629 §4); 0 when it is none.
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const auto follows = [&](std::size_t i, unsigned low, unsigned high) {
        return i < text.size() && byte(i) >= low && byte(i) <= high;
    };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return follows(1, 0x80, 0xBF) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = lead == 0xED ? 0x9F : 0xBF;
        return follows(1, low, high) && follows(2, 0x80, 0xBF) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
        const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
        return follows(1, low, high) && follows(2, 0x80, 0xBF) && follows(3, 0x80, 0xBF) ? 4 : 0;
    }
    return 0;
}

std::optional<std::size_t> count_code_points(std::string_view text) {
    std::size_t count = 0;
    for (; !text.empty(); ++count) {
        const auto length = sequence_length(text);
        if (length == 0) return std::nullopt;
        text.remove_prefix(length);
    }
    return count;
}

} // namespace

bool is_plain_text(std::string_view text) {
    return !text.empty() && std::ranges::none_of(text, is_control) && count_code_points(text).has_value();
}

bool is_short_text(std::string_view text) { return is_plain_text(text) && count_code_points(text).value_or(0) <= 32; }

bool is_host(std::string_view text) { return ipv4(text) || ipv6(text) || is_host_name(text); }

bool is_admin_host(std::string_view text) { return is_host(text); } // `off` has the form of a host name

// RFC 3986 has ASCII only, so a request can't name another path.
bool is_request_path(std::string_view text) {
    const auto visible = [](char c) { return c > ' ' && c < '\x7f' && c != '?' && c != '#'; };
    return text.starts_with('/') && std::ranges::all_of(text, visible);
}

bool is_origin(std::string_view text) {
    if (text == "null" || text == "*") return true;
    const auto separator = text.find("://");
    if (separator == std::string_view::npos || separator == 0 || !is_letter(text.front())) return false;
    const auto in_scheme = [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; };
    if (!std::ranges::all_of(text.substr(0, separator), in_scheme)) return false;

    std::string_view host = text.substr(separator + 3);
    const auto bracket = host.starts_with('[') ? host.find(']') : std::string_view::npos;
    const auto colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon != std::string_view::npos) {
        if (!is_port(host.substr(colon + 1))) return false;
        host = host.substr(0, colon);
    }
    if (host.starts_with('[') && host.ends_with(']')) return ipv6(host.substr(1, host.size() - 2)).has_value();
    return ipv4(host) || is_host_name(host);
}

bool is_cidr(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return false;
    const auto address = text.substr(0, slash);
    const auto prefix = text.substr(slash + 1);
    if (!all_digits(prefix) || prefix.size() > 3) return false;
    unsigned length = 0;
    std::from_chars(prefix.data(), prefix.data() + prefix.size(), length);
    return (ipv4(address) && length <= 32) || (ipv6(address) && length <= 128);
}

bool is_token(std::string_view text) {
    const auto in_token = [](char c) {
        return c > ' ' && c < 0x7f && std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
    };
    return !text.empty() && std::ranges::all_of(text, in_token);
}

bool is_non_empty(std::string_view text) { return !text.empty(); }

bool is_admin_token(std::string_view text) { return text.size() >= 16; }

bool is_decimal(std::string_view text) {
    const auto point = text.find('.');
    if (point == std::string_view::npos) return all_digits(text);
    return all_digits(text.substr(0, point)) && all_digits(text.substr(point + 1));
}

bool is_positive_share(std::string_view text) {
    double value = 0;
    if (!is_decimal(text)) return false;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    return parsed.ec == std::errc{} && value > 0 && value <= 1;
}

bool is_loopback(std::string_view host) {
    if (const auto bytes = ipv4(host)) return (*bytes)[0] == 127;
    if (const auto bytes = ipv6(host)) {
        const auto zero_up_to = [&](std::size_t n) {
            return std::all_of(bytes->begin(), bytes->begin() + static_cast<std::ptrdiff_t>(n),
                               [](auto b) { return b == 0; });
        };
        if (zero_up_to(15)) return (*bytes)[15] == 1;
        return zero_up_to(10) && (*bytes)[10] == 0xff && (*bytes)[11] == 0xff && (*bytes)[12] == 127;
    }
    return host == "localhost";
}

} // namespace wsd::syntax
