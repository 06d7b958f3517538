#pragma once

#include "common/protocol/codes.hpp"
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

// Also for requests that are not well-formed. Nothing of the request is in it.
[[nodiscard]] admin_response admin_refusal(http_code code);

// GET /livez, /readyz, /healthz, /metrics. `token` guards /metrics unless it is empty. Checks: Origin, path, method,
// token.
[[nodiscard]] admin_response answer_admin(const admin_request& request, std::string_view token,
                                          const health_source& health, const metrics_registry& metrics);

} // namespace wsd
