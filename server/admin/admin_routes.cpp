#include "server/admin/admin_routes.hpp"

#include "common/auth/constant_time.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace wsd {
namespace {

// RFC 6750 §2.1; the scheme's case does not matter.
bool bears(std::string_view authorization, std::string_view token) {
    constexpr std::string_view scheme = "bearer ";
    if (authorization.size() < scheme.size()) return false;
    for (std::size_t i = 0; i < scheme.size(); ++i) {
        const char c = authorization[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != scheme[i]) return false;
    }
    authorization.remove_prefix(
        std::min(authorization.find_first_not_of(' ', scheme.size() - 1), authorization.size()));
    return constant_time_equal(authorization, token);
}

admin_response live() { return {.body = R"({"status":"ok"})"}; }

admin_response ready(const health& state) {
    if (state.ready()) return {.body = R"({"status":"ready","failing":[]})"};
    const std::array<std::pair<bool, std::string_view>, 5> parts{{
        {state.starting, R"("starting")"},
        {state.draining, R"("draining")"},
        {state.log, R"("log")"},
        {state.disk, R"("disk")"},
        {state.store_queue, R"("store_queue")"},
    }};
    std::string failing;
    for (const auto& [fails, name] : parts) {
        if (!fails) continue;
        if (!failing.empty()) failing += ',';
        failing += name;
    }
    return {.status = 503, .body = R"({"status":"not_ready","failing":[)" + failing + "]}"};
}

admin_response exposition(const metrics_registry& metrics) {
    return {.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics.render()};
}

} // namespace

admin_response admin_refusal(http_code code) {
    const http_code_info& known = describe(code);
    std::string body = R"({"code":")";
    body += known.text;
    body += R"(","message":")";
    body += known.message;
    body += R"("})";
    return {.status = known.status,
            .body = std::move(body),
            .allow = code == http_code::method_not_allowed ? std::string_view("GET") : std::string_view(),
            .challenge = code == http_code::unauthorized};
}

admin_response answer_admin(const admin_request& request, std::string_view token, const health_source& health,
                            const metrics_registry& metrics) {
    if (request.has_origin) return admin_refusal(http_code::forbidden);
    const std::string_view path = request.target.substr(0, request.target.find('?'));
    const bool wants_health = path == "/readyz" || path == "/healthz";
    const bool wants_metrics = path == "/metrics";
    if (!wants_health && !wants_metrics && path != "/livez") return admin_refusal(http_code::not_found);
    if (request.method != "GET") return admin_refusal(http_code::method_not_allowed);
    if (wants_health) return ready(health.current());
    if (!wants_metrics) return live();
    if (!token.empty() && !bears(request.authorization, token)) return admin_refusal(http_code::unauthorized);
    return exposition(metrics);
}

} // namespace wsd
