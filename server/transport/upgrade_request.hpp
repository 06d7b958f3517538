#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace wsd {

// Bounds of the header block, from the request line to the empty line.
inline constexpr std::size_t header_bytes_max = 8192;
inline constexpr std::size_t header_fields_max = 100;

enum class upgrade_fault { headers_too_large, bad_request, not_found, method_not_allowed, upgrade_required };

// A well-formed request for a WebSocket at our path. Fields that may repeat are joined as their grammar allows: cookies
// with `;`, lists with `,`.
struct upgrade_request {
    std::string host;
    std::optional<std::string> origin;
    std::string cookies;
    std::optional<std::string> authorization;
    std::string subprotocols;
    std::optional<std::string> forwarded_for;
    std::optional<std::string> real_ip;
    std::string key; // Sec-WebSocket-Key
};

// `head` is the header block including its final empty line. The order of checks is the protocol's.
[[nodiscard]] std::variant<upgrade_request, upgrade_fault> parse_upgrade(std::string_view head, std::string_view path);

} // namespace wsd
