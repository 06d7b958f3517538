#include "server/session/handshake.hpp"

#include "common/auth/token_source.hpp"

#include <array>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>

namespace wsd {
namespace {

// Empty when there is no such field. Unlike value_or, not a view of a temporary.
std::string_view view_of(const std::optional<std::string>& field) { return field ? *field : std::string_view(); }

ip_address client_of(const handshake_rules& rules, const upgrade_request& request, const ip_address& peer) {
    const std::array<std::string_view, 2> values{view_of(request.forwarded_for), view_of(request.real_ip)};
    const std::span all(values);
    return rules.proxies.client_of(peer, {.forwarded_for = all.subspan(0, request.forwarded_for ? 1 : 0),
                                          .real_ip = all.subspan(1, request.real_ip ? 1 : 0)});
}

http_code refusal_of(admission_store::verdict verdict) {
    switch (verdict) {
    case admission_store::verdict::connection_limit:
        return http_code::connection_limit;
    case admission_store::verdict::connection_limit_ip:
        return http_code::connection_limit_ip;
    case admission_store::verdict::connection_rate:
        return http_code::connection_rate;
    case admission_store::verdict::admitted:
        break;
    }
    return http_code::internal_error;
}

void log_refused_token(const handshake_rules& rules, const ip_address& client, token_problem problem) {
    if (!rules.log.log_enabled(log_level::debug)) return;
    rules.log.log_event(log_level::debug, "credential_refused",
                        {{"address", client.to_string()}, {"cause", name_of(problem)}});
}

} // namespace

std::variant<admitted, http_code> admit(const handshake_rules& rules, const key_set& keys,
                                        const upgrade_request& request, const ip_address& peer) {
    if (rules.draining.load(std::memory_order_relaxed)) return http_code::shutting_down;
    const ip_address client = client_of(rules, request, peer);
    auto place = rules.places.reserve(ip_key::from_v6(client.bytes), rules.time.now());
    if (place.verdict != admission_store::verdict::admitted) return refusal_of(place.verdict);
    if (!rules.origins.admits(request.origin, request.host)) return http_code::origin_forbidden;
#ifdef WSD_PLANTED_FAULTS // tests only
    if (view_of(request.real_ip) == "fault") throw std::runtime_error("planted");
#endif

    const std::string_view cookies = request.cookies;
    const std::string_view subprotocols = request.subprotocols;
    const token_lookup found = find_token(
        {.cookies = {&cookies, 1}, .authorization = view_of(request.authorization), .subprotocols = {&subprotocols, 1}},
        rules.options.jwt_cookie_name);
    if (found.ambiguity == token_ambiguity::cookie) return http_code::bad_cookie;
    if (found.ambiguity == token_ambiguity::subprotocol) return http_code::bad_request;
    if (found.source == token_source::none) return http_code::no_token;
    const auto said = verify(keys, rules.verification, found.token, rules.time.wall_ms());
    if (!said) {
        log_refused_token(rules, client, said.error());
        return http_code::invalid_token;
    }
    return admitted{
        .who = identity_of(*said), .place = std::move(place.place), .select_subprotocol = found.offers_chat};
}

} // namespace wsd
