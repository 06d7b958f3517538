#include "common/base/ensure.hpp"
#include "common/config/option_table.hpp"
#include "server/session/handshake.hpp"
#include "server/transport/refusal.hpp"
#include "server/transport/upgrade_parser.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/recording_logger.hpp"
#include "tests/unit/auth/token_maker.hpp"

#include <algorithm>

namespace wsd::fuzz {
namespace {

bool is_clean(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

void judge(const upgrade_request& request) {
    static const settings options = default_settings();
    static const test::manual_clock time;
    static const auto keys = key_set::from_secret(test::secret).value();
    const std::vector<std::string> origins{"https://app.example"}, proxies{"10.0.0.0/8"};
    test::recording_logger log;
    admission places{admission_store::options{}};
    std::atomic<bool> draining{false};
    const handshake_rules rules{.options = options,
                                .time = time,
                                .log = log,
                                .verification = {},
                                .origins = origin_list::parse(origins, true).value(),
                                .proxies = proxy_list::parse(proxies).value(),
                                .places = places,
                                .draining = draining};
    const auto decision = admit(rules, *keys, request, ip_address::from_v4({10, 0, 0, 1}));
    if (const auto* in = std::get_if<admitted>(&decision)) {
        ensure(!in->who.user.empty() && is_clean(in->who.user.value), "who is let in has a name");
        return;
    }
    const std::string refusal = render_refusal(std::get<http_code>(decision), 7);
    ensure(refusal.starts_with("HTTP/1.1 ") && refusal.find("\r\n\r\n") != std::string::npos,
           "a refusal is a response");
}

} // namespace

int fuzz_upgrade(octets input) {
    const std::string_view head = text_of(input);
    const auto parsed = parse_upgrade(head, "/ws");
    const auto* request = std::get_if<upgrade_request>(&parsed);
    if (request == nullptr) {
        const std::string refusal = render_refusal(std::get<http_code>(parsed), 1);
        ensure(refusal.starts_with("HTTP/1.1 4"), "what is malformed is refused with 4xx");
        return 0;
    }
    ensure(head.size() <= header_bytes_max && head.ends_with("\r\n\r\n") && head.starts_with("GET /ws"),
           "a request has its form");
    ensure(!request->host.empty() && is_clean(request->host) && is_clean(request->cookies) &&
               is_clean(request->subprotocols),
           "fields hold no control characters");
    ensure(request->key.size() == 24, "a key is the base64 of 16 octets");
    judge(*request);
    return 0;
}

} // namespace wsd::fuzz
