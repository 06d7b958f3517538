#pragma once

#include "common/base/error.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

// How people write numbers on the command line. Every parser takes the whole text or refuses it with errc::invalid.
namespace wsd::loadgen {

// A number ≥ 0 with an optional suffix k (10^3) or m (10^6): "2.5k" is 2500.
[[nodiscard]] result<double> parse_number(std::string_view text);

// The same, but a whole number: "2.5k" is fine, "2.5" is not.
[[nodiscard]] result<std::uint64_t> parse_count(std::string_view text);

// A number with the unit ms, s, m or h; without a unit it is seconds. At most 30 days.
[[nodiscard]] result<std::chrono::nanoseconds> parse_duration(std::string_view text);

// Consecutive IPv4 addresses, host byte order. count = 0: let the system choose.
struct source_range {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    friend auto operator<=>(const source_range&, const source_range&) = default;
};
// "127.0.0.2", "127.0.0.2-9" or "127.0.0.2-127.0.1.9"; at most 65,536 addresses.
[[nodiscard]] result<source_range> parse_source_range(std::string_view text);
[[nodiscard]] std::string format_address(std::uint32_t address);

struct server_url {
    std::string host;
    std::uint16_t port = 80;
    std::string target; // path and query, begins with '/'
    [[nodiscard]] std::string host_and_port() const;
};
// ws://host[:port][/path]; an IPv6 host stands in brackets. A user part or a fragment is refused.
[[nodiscard]] result<server_url> parse_url(std::string_view text);

// For people: three significant digits and a unit, "12.3ms"; "4.56k".
[[nodiscard]] std::string format_duration(std::chrono::nanoseconds value);
[[nodiscard]] std::string format_count(double value);

} // namespace wsd::loadgen
