#include "loadgen/units.hpp"

#include <boost/asio/ip/address_v4.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace wsd::loadgen {
namespace {

// The leading number of `text`, digits and one optional point; `text` is left behind it.
result<double> take_number(std::string_view& text) {
    double value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (ec != std::errc{} || !(value >= 0) || text.front() == '-' || text.front() == '+') return errc::invalid;
    if (!std::isfinite(value)) return errc::invalid;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

template <class Integer> result<Integer> take_whole(std::string_view text) {
    Integer value{};
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{} || end != text.data() + text.size()) return errc::invalid;
    return value;
}

result<std::uint32_t> parse_ipv4(std::string_view text) {
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address_v4(text, ec);
    if (ec) return errc::invalid;
    return address.to_uint();
}

std::string three_digits(double value, std::string_view unit) {
    const int decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
    return std::string(text.data()).append(unit);
}

} // namespace

result<double> parse_number(std::string_view text) {
    auto value = take_number(text);
    if (!value) return value;
    if (text.empty()) return value;
    if (text == "k") return *value * 1e3;
    if (text == "m") return *value * 1e6;
    return errc::invalid;
}

result<std::uint64_t> parse_count(std::string_view text) {
    const auto value = parse_number(text);
    // Beyond 2^53 a double no longer holds every whole number.
    if (!value || *value != std::floor(*value) || *value > 9'007'199'254'740'992.0) return errc::invalid;
    return static_cast<std::uint64_t>(*value);
}

result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
    const auto value = take_number(text);
    if (!value) return errc::invalid;
    double seconds = 0;
    if (text.empty() || text == "s") {
        seconds = *value;
    } else if (text == "ms") {
        seconds = *value / 1e3;
    } else if (text == "m") {
        seconds = *value * 60;
    } else if (text == "h") {
        seconds = *value * 3600;
    } else {
        return errc::invalid;
    }
    if (seconds > 30.0 * 24 * 3600) return errc::invalid;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(std::llround(seconds * 1e9)));
}

result<source_range> parse_source_range(std::string_view text) {
    const auto dash = text.find('-');
    const auto first = parse_ipv4(text.substr(0, dash));
    if (!first) return errc::invalid;
    if (dash == std::string_view::npos) return source_range{*first, 1};
    const auto tail = text.substr(dash + 1);
    std::uint32_t last = 0;
    if (tail.find('.') == std::string_view::npos) {
        const auto octet = take_whole<std::uint8_t>(tail);
        if (!octet) return errc::invalid;
        last = (*first & ~std::uint32_t{0xff}) | *octet;
    } else {
        const auto address = parse_ipv4(tail);
        if (!address) return errc::invalid;
        last = *address;
    }
    if (last < *first || last - *first >= 65'536) return errc::invalid;
    return source_range{*first, last - *first + 1};
}

std::string format_address(std::uint32_t address) { return boost::asio::ip::make_address_v4(address).to_string(); }

std::string server_url::host_and_port() const {
    const std::string name = host.find(':') == std::string::npos ? host : '[' + host + ']';
    return port == 80 ? name : name + ':' + std::to_string(port);
}

result<server_url> parse_url(std::string_view text) {
    constexpr std::string_view scheme = "ws://";
    if (!text.starts_with(scheme)) return errc::invalid;
    text.remove_prefix(scheme.size());
    server_url url;
    const auto slash = text.find_first_of("/?");
    auto authority = text.substr(0, slash);
    url.target = slash == std::string_view::npos ? "/" : std::string(text.substr(slash));
    if (url.target.front() == '?') url.target.insert(0, "/");
    if (authority.starts_with('[')) {
        const auto close = authority.find(']');
        if (close == std::string_view::npos) return errc::invalid;
        url.host = authority.substr(1, close - 1);
        authority.remove_prefix(close + 1);
    } else {
        url.host = authority.substr(0, authority.find(':'));
        authority.remove_prefix(url.host.size());
    }
    if (!authority.empty()) {
        const auto port = take_whole<std::uint16_t>(authority.substr(1));
        if (authority.front() != ':' || !port || *port == 0) return errc::invalid;
        url.port = *port;
    }
    const auto bad = [](std::string_view part) { return part.find_first_of("#@ \t\r\n") != std::string_view::npos; };
    if (url.host.empty() || bad(url.host) || bad(url.target)) return errc::invalid;
    return url;
}

std::string format_duration(std::chrono::nanoseconds value) {
    const auto ns = static_cast<double>(value.count());
    if (ns < 1e3) return three_digits(ns, "ns");
    if (ns < 1e6) return three_digits(ns / 1e3, "us");
    if (ns < 1e9) return three_digits(ns / 1e6, "ms");
    return three_digits(ns / 1e9, "s");
}

std::string format_count(double value) {
    if (value >= 1e6) return three_digits(value / 1e6, "m");
    if (value >= 1e4) return three_digits(value / 1e3, "k");
    return std::to_string(std::llround(value));
}

} // namespace wsd::loadgen
