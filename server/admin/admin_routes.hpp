#pragma once

#include "common/base/clock.hpp"
#include "common/protocol/codes.hpp"
#include "common/state/exclusion_records.hpp"
#include "server/admin/health.hpp"
#include "server/observe/metrics.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace wsd {

// A request that is well-formed HTTP; views into it.
struct admin_request {
    std::string_view method{};
    std::string_view target{};
    bool has_origin = false;
    std::string_view authorization{}; // value of the only Authorization field; empty: none, or several
    std::string_view body{};
};

struct admin_response {
    unsigned status = 200;
    std::string_view content_type = "application/json";
    std::string body{};
    std::string_view allow{}; // value of Allow; empty: none
    bool challenge = false;   // with WWW-Authenticate: Bearer
};

// What answers are made from; lives longer than the request.
struct admin_sources {
    std::string_view token; // empty: none is configured
    const health_source& health;
    const metrics_registry& metrics;
};

// Also for requests that are not well-formed. Nothing of the request is in it.
[[nodiscard]] admin_response admin_refusal(http_code code, std::string_view allow = "GET");

// GET /livez, /readyz, /healthz, /metrics; POST /v1/revocations; PUT and DELETE /v1/suspensions/<user id>. The last
// three are answered when what they ask for has been done. Checks: Origin, path, method, token, what is asked for.
// Whatever is changed needs a token, /metrics only when there is one. `now` is the wall clock.
using admin_decision = std::variant<admin_response, exclusion>;
[[nodiscard]] admin_decision answer_admin(const admin_request& request, const admin_sources& sources, timestamp now);

[[nodiscard]] admin_response exclusion_response(const exclusion& asked, const exclusion_answer& done);

} // namespace wsd
