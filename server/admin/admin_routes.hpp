#pragma once

#include "server/admin/health.hpp"
#include "server/observe/metrics.hpp"

#include <string>
#include <string_view>

namespace wsd {

// A request that is well-formed HTTP; views into it.
struct admin_request {
    std::string_view method{};
    std::string_view target{};
    bool has_origin = false;
    std::string_view authorization{}; // value of the only Authorization field; empty: none, or several
};

struct admin_response {
    unsigned status = 200;
    std::string_view content_type = "application/json";
    std::string body{};
    std::string_view allow{}; // value of Allow; empty: none
    bool challenge = false;   // with WWW-Authenticate: Bearer
};

// Refusals, also those of requests that are not well-formed: 400 BAD_REQUEST, 401 UNAUTHORIZED, 403 FORBIDDEN,
// 404 NOT_FOUND, 405 METHOD_NOT_ALLOWED, 431 HEADERS_TOO_LARGE, else 500 INTERNAL_ERROR. Nothing of the request is in
// it.
[[nodiscard]] admin_response admin_refusal(unsigned status);

// GET /livez, /readyz, /healthz, /metrics. `token` guards /metrics unless it is empty. Checks: Origin, path, method,
// token.
[[nodiscard]] admin_response answer_admin(const admin_request& request, std::string_view token,
                                          const health_source& health, const metrics_registry& metrics);

} // namespace wsd
