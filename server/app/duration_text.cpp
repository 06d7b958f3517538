#include "server/app/duration_text.hpp"

#include <charconv>
#include <cstdint>

namespace wsd {
namespace {

constexpr std::chrono::seconds longest = std::chrono::days(3650);

std::int64_t seconds_per(char unit) {
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    default:
        return 0;
    }
}

} // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
    if (text.size() < 2) return std::nullopt;
    const auto digits = text.substr(0, text.size() - 1);
    const auto unit = seconds_per(text.back());
    std::uint32_t count = 0; // so that the product can't overflow
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (unit == 0 || parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
    const std::chrono::seconds duration(unit * count);
    if (duration.count() == 0 || duration > longest) return std::nullopt;
    return duration;
}

} // namespace wsd
