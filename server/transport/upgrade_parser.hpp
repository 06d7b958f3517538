#pragma once

#include "common/protocol/codes.hpp"
#include "common/protocol/upgrade_request.hpp"

#include <cstddef>
#include <string_view>
#include <variant>

namespace wsd {

// Bounds of the header block, from the request line to the empty line.
inline constexpr std::size_t header_bytes_max = 8192;
inline constexpr std::size_t header_fields_max = 100;

// `head` is the header block including its final empty line. The order of checks is the protocol's; the first that
// fails decides: headers_too_large, bad_request, not_found, method_not_allowed, upgrade_required.
[[nodiscard]] std::variant<upgrade_request, http_code> parse_upgrade(std::string_view head, std::string_view path);

} // namespace wsd
