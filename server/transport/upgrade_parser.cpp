#include "server/transport/upgrade_parser.hpp"

#include "common/auth/field_text.hpp"
#include "common/auth/origin.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <algorithm>

namespace wsd {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using fields = http::request<http::empty_body>;

// What the parser of the library would forgive: bare CR or LF, folded lines, control characters.
bool strict_lines(std::string_view head) {
    for (std::size_t i = 0; i < head.size(); ++i) {
        const auto c = static_cast<unsigned char>(head[i]);
        if (c == '\r') {
            if (i + 1 >= head.size() || head[i + 1] != '\n') return false;
            ++i;
            const bool folded = i + 1 < head.size() && (head[i + 1] == ' ' || head[i + 1] == '\t');
            if (folded) return false;
            continue;
        }
        if ((c < 0x20 && c != '\t') || c == 0x7f) return false;
    }
    return true;
}

std::size_t count_fields(std::string_view head) {
    const auto lines = static_cast<std::size_t>(std::count(head.begin(), head.end(), '\n'));
    return lines < 2 ? 0 : lines - 2; // less the request line and the empty line
}

std::string joined(const fields& request, std::string_view name, std::string_view separator) {
    std::string out;
    const auto [begin, end] = request.equal_range(name);
    for (auto field = begin; field != end; ++field) {
        if (field != begin) out += separator; // an empty field is an element too
        out += std::string_view(field->value());
    }
    return out;
}

std::optional<std::string> optional_field(const fields& request, std::string_view name, std::string_view separator) {
    if (request.count(name) == 0) return std::nullopt;
    return joined(request, name, separator);
}

// The origin form (RFC 9112 §3.2.1). Of what no URI has, the library forgives octets beyond ASCII.
bool is_origin_form(std::string_view target) {
    const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    return target.starts_with('/') && std::all_of(target.begin(), target.end(), ascii);
}

bool well_formed(const fields& request) {
    if (request.version() != 11 || !is_origin_form(request.target())) return false;
    if (request.count(http::field::host) != 1 || !is_host_field(request[http::field::host])) return false;
    if (request.count(http::field::transfer_encoding) != 0) return false;
    const auto [begin, end] = request.equal_range(http::field::content_length);
    for (auto field = begin; field != end; ++field) {
        if (field->value() != "0") return false;
    }
    return request.count(http::field::origin) <= 1 && request.count(http::field::authorization) <= 1 &&
           request.count(http::field::sec_websocket_key) <= 1;
}

// In any case. An element is compared as it is: those of Upgrade may have a version (RFC 9110 §7.8), which no token
// has.
bool lists(std::string_view list, std::string_view wanted) {
    while (!list.empty()) {
        if (equal_ignoring_case(trim_blanks(take_until(list, ',')), wanted)) return true;
    }
    return false;
}

bool asks_for_websocket(const fields& request) {
    return lists(joined(request, "Connection", ","), "upgrade") &&
           lists(joined(request, "Upgrade", ","), "websocket") && joined(request, "Sec-WebSocket-Version", ",") == "13";
}

// The base64 (RFC 4648 §4) of 16 octets: 22 characters, the last with four unused bits, and `==`.
bool valid_key(std::string_view key) {
    if (key.size() != 24 || !key.ends_with("==")) return false;
    const auto alphabet = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    };
    return std::all_of(key.begin(), key.begin() + 22, alphabet) &&
           std::string_view("AQgw").find(key[21]) != std::string_view::npos;
}

} // namespace

std::variant<upgrade_request, http_code> parse_upgrade(std::string_view head, std::string_view path) {
    if (head.size() > header_bytes_max || count_fields(head) > header_fields_max) return http_code::headers_too_large;
    if (!strict_lines(head)) return http_code::bad_request;

    http::request_parser<http::empty_body> parser;
    parser.header_limit(header_bytes_max + 1);
    boost::system::error_code ec;
    const std::size_t used = parser.put(boost::asio::buffer(head.data(), head.size()), ec);
    if (ec || !parser.is_header_done() || used != head.size()) return http_code::bad_request;
    const fields& request = parser.get();
    if (!well_formed(request)) return http_code::bad_request;

    const std::string_view target = request.target();
    if (target.substr(0, target.find('?')) != path) return http_code::not_found;
    if (request.method() != http::verb::get) return http_code::method_not_allowed;
    if (!asks_for_websocket(request)) return http_code::upgrade_required;
    const std::string_view key = request[http::field::sec_websocket_key];
    if (!valid_key(key)) return http_code::bad_request;

    return upgrade_request{.host = std::string(request[http::field::host]),
                           .origin = optional_field(request, "Origin", ","),
                           .cookies = joined(request, "Cookie", ";"),
                           .authorization = optional_field(request, "Authorization", ","),
                           .subprotocols = joined(request, "Sec-WebSocket-Protocol", ","),
                           .forwarded_for = optional_field(request, "X-Forwarded-For", ","),
                           .real_ip = optional_field(request, "X-Real-IP", ","),
                           .key = std::string(key)};
}

} // namespace wsd
