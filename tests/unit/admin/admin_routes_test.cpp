#include "server/admin/admin_routes.hpp"
#include "tests/support/recording_logger.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd;

namespace {

struct fixed_health final : health_source {
    health state;
    [[nodiscard]] health current() const override { return state; }
};

struct fixture {
    fixed_health health;
    test::recording_logger log;
    metrics_registry metrics{"1", log};
    std::string token;

    [[nodiscard]] admin_response ask(const admin_request& request) const {
        return answer_admin(request, token, health, metrics);
    }
    [[nodiscard]] admin_response get(std::string_view target) const { return ask({.method = "GET", .target = target}); }
};

} // namespace

TEST_CASE("the process is alive whether it is ready or not", "[admin]") {
    fixture f;
    f.health.state = {.starting = true, .log = true};
    const auto answer = f.get("/livez");
    CHECK(answer.status == 200);
    CHECK(answer.body == R"({"status":"ok"})");
    CHECK(answer.content_type == "application/json");
}

TEST_CASE("readiness names every part that fails", "[admin]") {
    fixture f;
    const auto path = GENERATE("/readyz", "/healthz", "/readyz?verbose=1");
    CHECK(f.get(path).status == 200);
    CHECK(f.get(path).body == R"({"status":"ready","failing":[]})");
    f.health.state = {.disk = true};
    CHECK(f.get(path).status == 503);
    CHECK(f.get(path).body == R"({"status":"not_ready","failing":["disk"]})");
    f.health.state = {.starting = true, .draining = true, .log = true, .disk = true, .store_queue = true};
    CHECK(f.get(path).body == R"({"status":"not_ready","failing":["starting","draining","log","disk","store_queue"]})");
}

TEST_CASE("unknown paths are not found, known paths refuse other methods", "[admin]") {
    const fixture f;
    for (const std::string_view target : {"/", "", "*", "/livez/", "/LIVEZ", "/live%7a", "/v1/nothing", "//livez",
                                          "http://localhost/livez", "?/livez"}) {
        CAPTURE(target);
        CHECK(f.get(target).status == 404);
        CHECK(f.get(target).body == R"({"code":"NOT_FOUND","message":"There is nothing at this path."})");
    }
    for (const std::string_view method : {"POST", "HEAD", "OPTIONS", "get", "BREW"}) {
        CAPTURE(method);
        const auto answer = f.ask({.method = method, .target = "/metrics"});
        CHECK(answer.status == 405);
        CHECK(answer.allow == "GET");
        CHECK(answer.body.starts_with(R"({"code":"METHOD_NOT_ALLOWED",)"));
    }
}

TEST_CASE("a request with an Origin is refused, whatever it asks for", "[admin]") {
    const fixture f;
    const auto target = GENERATE("/livez", "/metrics", "/nothing");
    const auto answer = f.ask({.method = "GET", .target = target, .has_origin = true});
    CHECK(answer.status == 403);
    CHECK(answer.body.starts_with(R"({"code":"FORBIDDEN",)"));
}

TEST_CASE("metrics ask for the token when there is one, probes never do", "[admin]") {
    fixture f;
    CHECK(f.get("/metrics").status == 200);
    CHECK(f.get("/metrics").body.starts_with("# HELP wsd_connections_open "));
    CHECK(f.get("/metrics").content_type == "text/plain; version=0.0.4; charset=utf-8");
    f.token = "0123456789abcdef";
    CHECK(f.get("/livez").status == 200);
    CHECK(f.get("/readyz").status == 200);
    for (const std::string_view authorization :
         {"", "Bearer", "Bearer ", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0", "Bearer 0123456789abcdeF",
          "Basic 0123456789abcdef", "0123456789abcdef", "Bearer0123456789abcdef", "Bearer 0123456789abcdef "}) {
        CAPTURE(authorization);
        const auto answer = f.ask({.method = "GET", .target = "/metrics", .authorization = authorization});
        CHECK(answer.status == 401);
        CHECK(answer.challenge);
        CHECK(answer.body.starts_with(R"({"code":"UNAUTHORIZED",)"));
    }
    for (const std::string_view authorization :
         {"Bearer 0123456789abcdef", "bearer 0123456789abcdef", "BEARER  0123456789abcdef"}) {
        CAPTURE(authorization);
        CHECK(f.ask({.method = "GET", .target = "/metrics", .authorization = authorization}).status == 200);
    }
}
