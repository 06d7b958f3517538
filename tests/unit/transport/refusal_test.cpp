#include "server/transport/refusal.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <string_view>

using namespace wsd;

namespace {

struct response {
    std::string head; // up to the empty line, without it
    std::string body;

    explicit response(const std::string& text) {
        const auto end = text.find("\r\n\r\n");
        REQUIRE(end != std::string::npos);
        head = text.substr(0, end) + "\r\n";
        body = text.substr(end + 4);
    }
    [[nodiscard]] bool has(std::string_view line) const {
        return head.find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
    }
    [[nodiscard]] bool has_field(std::string_view name) const {
        return head.find("\r\n" + std::string(name) + ": ") != std::string::npos;
    }
};

} // namespace

TEST_CASE("every refusal has its status, its code, and the length of its body", "[transport]") {
    for (std::size_t i = 0; i < http_code_count; ++i) {
        const auto code = static_cast<http_code>(i);
        const http_code_info& info = describe(code);
        CAPTURE(info.text);
        const response got(render_refusal(code, 7));
        CHECK(got.head.starts_with("HTTP/1.1 " + std::to_string(info.status) + " "));
        CHECK(got.body ==
              "{\"code\":\"" + std::string(info.text) + "\",\"message\":\"" + std::string(info.message) + "\"}");
        CHECK(got.has("Content-Length: " + std::to_string(got.body.size())));
        CHECK(got.has("Content-Type: application/json"));
        CHECK(got.has("Connection: close"));
        CHECK(got.has("Retry-After: 7") == (info.status == 503));
        CHECK(got.has("WWW-Authenticate: Bearer") == (info.status == 401));
        CHECK(got.has("Allow: GET") == (info.status == 405));
        CHECK(got.has("Sec-WebSocket-Version: 13") == (info.status == 426));
        CHECK(got.has("Upgrade: websocket") == (info.status == 426));
        CHECK_FALSE(got.has_field("Server"));
    }
}

TEST_CASE("the status line has the usual words", "[transport]") {
    CHECK(render_refusal(http_code::bad_request, 1).starts_with("HTTP/1.1 400 Bad Request\r\n"));
    CHECK(render_refusal(http_code::invalid_token, 1).starts_with("HTTP/1.1 401 Unauthorized\r\n"));
    CHECK(render_refusal(http_code::headers_too_large, 1)
              .starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
    CHECK(render_refusal(http_code::shutting_down, 1).starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
}
