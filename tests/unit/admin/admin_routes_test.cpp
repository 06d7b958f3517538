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
    timestamp now = 1'782'036'000'123;

    [[nodiscard]] admin_response ask(const admin_request& request) const {
        return std::get<admin_response>(decide(request));
    }
    [[nodiscard]] admin_decision decide(const admin_request& request) const {
        return answer_admin(request, {.token = token, .health = health, .metrics = metrics}, now);
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

namespace {

constexpr std::string_view operators_token = "0123456789abcdef";
constexpr std::string_view operators_field = "Bearer 0123456789abcdef";

struct guarded : fixture {
    guarded() { token = operators_token; }
};

admin_request change(std::string_view method, std::string_view target, std::string_view body = "") {
    return {.method = method, .target = target, .authorization = operators_field, .body = body};
}

} // namespace

TEST_CASE("a revocation says whose tokens end", "[admin]") {
    const guarded f;
    const auto asked = [&f](std::string_view body) {
        return std::get<revocation>(std::get<exclusion>(f.decide(change("POST", "/v1/revocations", body))));
    };
    const revocation all = asked(R"({"userId":"anna"})");
    CHECK(all.user.value == "anna");
    CHECK(all.session.empty());
    CHECK(all.issued_before == f.now);
    CHECK(all.expires_at == revocation::never);
    const revocation dated = asked(R"({"userId":"anna","issuedBefore":1782000000,"expiresAt":1782000000001,"more":1})");
    CHECK(dated.issued_before == 1'782'000'000'000);
    CHECK(dated.expires_at == 1'782'000'000'001);
    const revocation one = asked(R"({"sessionId":"tab","userId":"anna","issuedBefore":5})");
    CHECK(one.session.value == "tab");
    CHECK(one.issued_before == revocation::never); // of a session every token counts
    CHECK(asked(R"({"userId":"anna","issuedBefore":-9007199254740991})").issued_before < 0);
}

TEST_CASE("a revocation of another form is refused", "[admin]") {
    const guarded f;
    for (const std::string_view body : {"",
                                        "null",
                                        "[]",
                                        "\"anna\"",
                                        "{",
                                        R"({"userId":"anna"}x)",
                                        R"({})",
                                        R"({"userId":""})",
                                        R"({"userId":7})",
                                        R"({"userId":null})",
                                        R"({"userId":"a\u0000"})",
                                        R"({"userId":"anna","userId":"anna"})",
                                        R"({"userId":"anna","sessionId":""})",
                                        R"({"userId":"anna","sessionId":null})",
                                        R"({"userId":"anna","issuedBefore":1.5})",
                                        R"({"userId":"anna","issuedBefore":"1"})",
                                        R"({"userId":"anna","issuedBefore":9007199254740992})",
                                        R"({"userId":"anna","expiresAt":1e3})",
                                        "{\"userId\":\"\xff\"}",
                                        "\xef\xbb\xbf{\"userId\":\"anna\"}"}) {
        CAPTURE(body);
        const auto answer = f.ask(change("POST", "/v1/revocations", body));
        CHECK(answer.status == 400);
        CHECK(answer.body.starts_with(R"({"code":"BAD_REQUEST",)"));
    }
    const std::string longest = R"({"userId":")" + std::string(128, 'x') + "\"}";
    CHECK(std::holds_alternative<exclusion>(f.decide(change("POST", "/v1/revocations", longest))));
    const std::string longer = R"({"userId":")" + std::string(129, 'x') + "\"}";
    CHECK(f.ask(change("POST", "/v1/revocations", longer)).status == 400);
}

TEST_CASE("the path of a suspension names the user, percent-encoded", "[admin]") {
    const guarded f;
    const auto user = [&f](std::string_view encoded) {
        const std::string target = "/v1/suspensions/" + std::string(encoded);
        const auto put = std::get<suspension>(std::get<exclusion>(f.decide(change("PUT", target))));
        const auto lift = std::get<suspension>(std::get<exclusion>(f.decide(change("DELETE", target + "?x"))));
        CHECK_FALSE(put.lifted);
        CHECK(lift.lifted);
        CHECK(lift.user.value == put.user.value);
        return put.user.value;
    };
    CHECK(user("anna") == "anna");
    CHECK(user("%61nna") == "anna");
    CHECK(user("a%2Fb%3f%25%20c+d") == "a/b?% c+d");
    CHECK(user("%F0%9F%8E%89") == "\xF0\x9F\x8E\x89");
    CHECK(user(std::string(128, 'x')).size() == 128);
    CHECK(std::holds_alternative<exclusion>(f.decide(change("PUT", "/v1/suspensions/anna", "{}"))));
    for (const std::string& encoded :
         {std::string("%"), std::string("%6"), std::string("%6g"), std::string("%00"), std::string("a%7F"),
          std::string("%FF"), std::string("%C3"), std::string("%ED%A0%80"), std::string(129, 'x')}) {
        CAPTURE(encoded);
        CHECK(f.ask(change("PUT", "/v1/suspensions/" + encoded)).status == 400);
        CHECK(f.ask(change("DELETE", "/v1/suspensions/" + encoded)).status == 400);
    }
    CHECK(f.ask(change("PUT", "/v1/suspensions/anna", "{")).status == 400);
    for (const std::string_view target :
         {"/v1/suspensions", "/v1/suspensions/", "/v1/suspensions/a/b", "/v1/revocations/"})
        CHECK(f.ask(change("PUT", target)).status == 404);
}

TEST_CASE("nothing is changed without the operator's token", "[admin]") {
    fixture f;
    const auto target = GENERATE("/v1/revocations", "/v1/suspensions/anna");
    const auto method = target == std::string_view("/v1/revocations") ? "POST" : "PUT";
    admin_request request{.method = method, .target = target, .authorization = operators_field, .body = "malformed"};
    CHECK(f.ask(request).body.starts_with(R"({"code":"ADMIN_TOKEN_REQUIRED",)"));
    CHECK(f.ask(request).status == 403);
    f.token = operators_token;
    CHECK(f.ask(request).status == 400);
    request.authorization = "Bearer 0123456789abcdeF";
    CHECK(f.ask(request).status == 401);
    CHECK(f.ask(request).challenge);
    request.authorization = {};
    CHECK(f.ask(request).body.starts_with(R"({"code":"UNAUTHORIZED",)"));
    request.has_origin = true;
    CHECK(f.ask(request).body.starts_with(R"({"code":"FORBIDDEN",)"));
}

TEST_CASE("what changes something says which methods it has", "[admin]") {
    const guarded f;
    for (const std::string_view method : {"GET", "PUT", "DELETE", "HEAD", "PATCH"}) {
        const auto answer = f.ask(change(method, "/v1/revocations", R"({"userId":"anna"})"));
        CHECK(answer.status == 405);
        CHECK(answer.allow == "POST");
    }
    for (const std::string_view method : {"GET", "POST", "HEAD"}) {
        const auto answer = f.ask(change(method, "/v1/suspensions/anna"));
        CHECK(answer.status == 405);
        CHECK(answer.allow == "PUT, DELETE");
    }
}
