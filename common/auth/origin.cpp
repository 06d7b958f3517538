#include "common/auth/origin.hpp"

#include "common/auth/field_text.hpp"

#include <algorithm>

namespace wsd {
namespace {

constexpr std::int32_t no_port = -1;
constexpr std::int32_t port_max = 65535;
constexpr std::string_view letters_and_digits = "abcdefghijklmnopqrstuvwxyz0123456789";

bool consists_of(std::string_view text, std::string_view extra) {
    const auto allowed = [extra](char c) {
        return letters_and_digits.find(c) != std::string_view::npos || extra.find(c) != std::string_view::npos;
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), ascii_lower);
    return out;
}

std::int32_t default_port(std::string_view scheme) {
    if (scheme == "http") return 80;
    if (scheme == "https") return 443;
    return no_port;
}

std::optional<std::int32_t> parse_port(std::string_view digits) {
    if (digits.empty() || digits.size() > 5) return std::nullopt;
    std::int32_t port = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') return std::nullopt;
        port = port * 10 + (c - '0');
    }
    if (port > port_max) return std::nullopt;
    return port;
}

struct host_and_port {
    std::string host;
    std::int32_t port = no_port;
};

// `host[:port]`. A host is a name without percent-encoding or an IPv6 address in brackets.
std::optional<host_and_port> parse_authority(std::string_view text) {
    const bool bracketed = text.starts_with('[');
    const std::size_t host_end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
    if (host_end == text.npos) return std::nullopt;
    host_and_port parsed{lower_case(text.substr(0, host_end)), no_port};
    if (bracketed ? !consists_of(std::string_view(parsed.host).substr(1), ":.") : !consists_of(parsed.host, "-._~")) {
        return std::nullopt;
    }
    if (bracketed) parsed.host += ']';
    const std::string_view rest = text.substr(bracketed ? host_end + 1 : host_end);
    if (rest.empty()) return parsed;
    const std::optional<std::int32_t> port = rest.front() == ':' ? parse_port(rest.substr(1)) : std::nullopt;
    if (!port) return std::nullopt;
    parsed.port = *port;
    return parsed;
}

std::optional<origin_list::entry> parse_origin(std::string_view text) {
    constexpr std::string_view separator = "://";
    const std::size_t at = text.find(separator);
    if (at == text.npos) return std::nullopt;
    const std::string scheme = lower_case(text.substr(0, at));
    if (!consists_of(scheme, "+-.") || scheme.front() < 'a' || scheme.front() > 'z') return std::nullopt;
    const std::optional<host_and_port> authority = parse_authority(text.substr(at + separator.size()));
    if (!authority) return std::nullopt;
    return origin_list::entry{scheme, authority->host,
                              authority->port == no_port ? default_port(scheme) : authority->port};
}

std::optional<host_and_port> parse_host_field(std::string_view text) {
    if (text.ends_with(':')) text.remove_suffix(1); // RFC 9110 §7.2 allows an empty port
    return parse_authority(text);
}

bool is_same_host(const origin_list::entry& origin, std::string_view host_field) {
    if (origin.scheme != "http" && origin.scheme != "https") return false;
    const std::optional<host_and_port> host = parse_host_field(host_field);
    if (!host) return false;
    const std::int32_t port = host->port == no_port ? default_port(origin.scheme) : host->port;
    return host->host == origin.host && port == origin.port;
}

std::string shown(std::string_view entry) {
    constexpr std::size_t bytes_max = 200;
    return "\"" + std::string(entry.substr(0, bytes_max)) + "\"";
}

} // namespace

bool is_host_field(std::string_view text) { return parse_host_field(text).has_value(); }

setup_result<origin_list> origin_list::parse(std::span<const std::string> entries, bool allow_any) {
    if (entries.size() > origins_max) {
        return setup_error{"the list has more than " + std::to_string(origins_max) + " origins"};
    }
    origin_list list;
    for (const std::string& text : entries) {
        if (text == "null") {
            list.null_ = true;
        } else if (text == "*") {
            if (!allow_any) {
                return setup_error{"\"*\" lets every web site use the cookies of your users; list the origins, or set "
                                   "WS_INSECURE if that is what you want"};
            }
            list.any_ = true;
        } else if (std::optional<entry> parsed = parse_origin(text)) {
            list.entries_.push_back(std::move(*parsed));
        } else {
            return setup_error{shown(text) + " is no origin; write scheme://host or scheme://host:port, without a path "
                                             "or a slash at the end, for example https://chat.example.com"};
        }
    }
    return list;
}

bool origin_list::admits(std::optional<std::string_view> origin, std::string_view host) const {
    if (!origin || any_) return true;
    if (*origin == "null") return null_;
    const std::optional<entry> asked = parse_origin(*origin);
    if (!asked) return false;
    const auto is_asked = [&](const entry& e) {
        return e.scheme == asked->scheme && e.host == asked->host && e.port == asked->port;
    };
    return std::any_of(entries_.begin(), entries_.end(), is_asked) || is_same_host(*asked, host);
}

} // namespace wsd
