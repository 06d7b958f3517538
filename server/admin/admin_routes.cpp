#include "server/admin/admin_routes.hpp"

#include "common/auth/constant_time.hpp"
#include "server/admin/exclusion_requests.hpp"

#include <algorithm>
#include <array>
#include <optional>
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

constexpr std::string_view revocations_path = "/v1/revocations";
constexpr std::string_view suspensions_path = "/v1/suspensions/"; // and a user id

// What needs no token, or only when there is one.
admin_response answer_question(std::string_view path, const admin_request& request, const admin_sources& sources) {
    if (request.method != "GET") return admin_refusal(http_code::method_not_allowed);
    if (path == "/livez") return live();
    if (path != "/metrics") return ready(sources.health.current());
    if (!sources.token.empty() && !bears(request.authorization, sources.token))
        return admin_refusal(http_code::unauthorized);
    return exposition(sources.metrics);
}

// nullopt: the caller may change something.
std::optional<http_code> refuse_operator(const admin_request& request, std::string_view token) {
    if (token.empty()) return http_code::admin_token_required;
    if (!bears(request.authorization, token)) return http_code::unauthorized;
    return std::nullopt;
}

admin_decision decide_revocation(const admin_request& request, std::string_view token, timestamp now) {
    if (request.method != "POST") return admin_refusal(http_code::method_not_allowed, "POST");
    if (const auto refused = refuse_operator(request, token)) return admin_refusal(*refused);
    auto what = read_revocation(request.body, now);
    if (!what) return admin_refusal(http_code::bad_request);
    return exclusion(*std::move(what));
}

admin_decision decide_suspension(std::string_view encoded_user, const admin_request& request, std::string_view token) {
    const bool lifted = request.method == "DELETE";
    if (!lifted && request.method != "PUT") return admin_refusal(http_code::method_not_allowed, "PUT, DELETE");
    if (const auto refused = refuse_operator(request, token)) return admin_refusal(*refused);
    auto user = read_path_user(encoded_user);
    if (!user || !is_empty_or_json(request.body)) return admin_refusal(http_code::bad_request);
    return exclusion(suspension{.user = *std::move(user), .lifted = lifted});
}

} // namespace

admin_response admin_refusal(http_code code, std::string_view allow) {
    const http_code_info& known = describe(code);
    std::string body = R"({"code":")";
    body += known.text;
    body += R"(","message":")";
    body += known.message;
    body += R"("})";
    return {.status = known.status,
            .body = std::move(body),
            .allow = code == http_code::method_not_allowed ? allow : std::string_view(),
            .challenge = code == http_code::unauthorized};
}

admin_decision answer_admin(const admin_request& request, const admin_sources& sources, timestamp now) {
    if (request.has_origin) return admin_refusal(http_code::forbidden);
    const std::string_view path = request.target.substr(0, request.target.find('?'));
    if (path == "/livez" || path == "/readyz" || path == "/healthz" || path == "/metrics")
        return answer_question(path, request, sources);
    if (path == revocations_path) return decide_revocation(request, sources.token, now);
    const std::string_view user =
        path.starts_with(suspensions_path) ? path.substr(suspensions_path.size()) : std::string_view();
    if (user.empty() || user.find('/') != std::string_view::npos) return admin_refusal(http_code::not_found);
    return decide_suspension(user, request, sources.token);
}

admin_response exclusion_response(const exclusion& asked, const exclusion_answer& done) {
    if (!done.stored) return admin_refusal(http_code::internal_error);
    const auto* about = std::get_if<suspension>(&asked);
    if (about != nullptr && about->lifted) return {.status = 204, .content_type = {}};
    return {.body = R"({"closed":)" + std::to_string(done.closed) + "}"};
}

} // namespace wsd
