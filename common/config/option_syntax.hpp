#pragma once

#include <string_view>

// Syntax of option values. Pure functions of their argument; nothing is resolved, opened or normalised.
namespace wsd::syntax {

[[nodiscard]] bool is_plain_text(std::string_view text); // non-empty UTF-8 without control characters
[[nodiscard]] bool is_short_text(std::string_view text); // plain text of at most 32 code points
[[nodiscard]] bool
is_host(std::string_view text); // IPv4 or IPv6 address without brackets, or host name (RFC 1123 §2.1)
[[nodiscard]] bool is_admin_host(std::string_view text); // host, or `off`
[[nodiscard]] bool is_request_path(std::string_view text);
[[nodiscard]] bool is_origin(std::string_view text); // `scheme://host[:port]`, `null`, `*`
[[nodiscard]] bool is_cidr(std::string_view text);   // `address/prefix`
[[nodiscard]] bool is_token(std::string_view text);  // RFC 6265 §4.1.1 cookie-name
[[nodiscard]] bool is_non_empty(std::string_view text);
[[nodiscard]] bool is_admin_token(std::string_view text);    // ≥ 16 bytes
[[nodiscard]] bool is_positive_share(std::string_view text); // decimal, > 0 and ≤ 1

// Digits with an optional point between digits: no sign, no exponent, no blanks.
[[nodiscard]] bool is_decimal(std::string_view text);

// 127.0.0.0/8, ::1 (also IPv4-mapped), or the name `localhost`.
[[nodiscard]] bool is_loopback(std::string_view host);

} // namespace wsd::syntax
