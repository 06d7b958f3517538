#include "server/transport/upgrade_parser.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace wsd;

namespace {

// A request that passes, and ways to spoil it.
struct request {
    std::string line = "GET /ws HTTP/1.1";
    std::vector<std::string> fields{"Host: chat.example", "Connection: Upgrade", "Upgrade: websocket",
                                    "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="};

    request& with(std::string field) {
        fields.push_back(std::move(field));
        return *this;
    }
    request& without(std::string_view name) {
        std::erase_if(fields, [name](const std::string& field) { return field.starts_with(std::string(name) + ":"); });
        return *this;
    }
    request& instead(std::string_view name, std::string_view value) {
        return without(name).with(std::string(name) + ": " + std::string(value));
    }
    [[nodiscard]] std::string text() const {
        std::string out = line + "\r\n";
        for (const std::string& field : fields) out += field + "\r\n";
        return out + "\r\n";
    }
};

std::string verdict_on(const std::string& head) {
    const auto parsed = parse_upgrade(head, "/ws");
    const auto* code = std::get_if<http_code>(&parsed);
    return code == nullptr ? "passes" : std::string(describe(*code).text);
}
std::string verdict_on(const request& r) { return verdict_on(r.text()); }

upgrade_request accepted(const request& r) {
    auto parsed = parse_upgrade(r.text(), "/ws");
    REQUIRE(std::holds_alternative<upgrade_request>(parsed));
    return std::get<upgrade_request>(std::move(parsed));
}

request padded_to(std::size_t size) {
    request r;
    const std::size_t before = r.with("X-Padding: ").text().size();
    r.fields.back() += std::string(size - before, 'x');
    REQUIRE(r.text().size() == size);
    return r;
}

} // namespace

TEST_CASE("the header block may have 8192 octets", "[transport]") {
    CHECK(verdict_on(padded_to(8192)) == "passes");
    CHECK(verdict_on(padded_to(8193)) == "HEADERS_TOO_LARGE");
}

TEST_CASE("the request may have 100 fields", "[transport]") {
    request r;
    while (r.fields.size() < 100) r.with("X: y");
    CHECK(verdict_on(r) == "passes");
    CHECK(verdict_on(r.with("X: y")) == "HEADERS_TOO_LARGE");
}

TEST_CASE("what is not HTTP/1.1 as it is written is refused", "[transport]") {
    const std::string good = request().text();
    const auto replaced = [&good](std::string_view what, std::string_view by) {
        std::string out = good;
        const auto at = out.find(what);
        REQUIRE(at != std::string::npos);
        return out.replace(at, what.size(), by);
    };
    CHECK(verdict_on(good) == "passes");
    CHECK(verdict_on(replaced("HTTP/1.1\r\n", "HTTP/1.1\n")) == "BAD_REQUEST");
    CHECK(verdict_on(replaced("example\r\n", "example\n")) == "BAD_REQUEST");
    CHECK(verdict_on(replaced("\r\n\r\n", "\r\n\n")) == "BAD_REQUEST");
    CHECK(verdict_on(replaced("chat.example", "chat\r.example")) == "BAD_REQUEST");
    CHECK(verdict_on(replaced("chat.example", "chat.\r\n example")) == "BAD_REQUEST");
    CHECK(verdict_on(replaced("chat.example", "chat.\r\n\texample")) == "BAD_REQUEST");
    CHECK(verdict_on(replaced("HTTP/1.1\r\n", "HTTP/1.1\r\n Host: a\r\n")) == "BAD_REQUEST");
    CHECK(verdict_on(replaced("chat.example", std::string_view("chat\0example", 12))) == "BAD_REQUEST");
    CHECK(verdict_on(replaced("chat.example", "chat\x01")) == "BAD_REQUEST");
    CHECK(verdict_on(replaced("chat.example", "chat\x7f")) == "BAD_REQUEST");
    CHECK(verdict_on(replaced("HTTP/1.1", "HTTP/1.0")) == "BAD_REQUEST");
    CHECK(verdict_on(replaced("HTTP/1.1", "HTTP/2.0")) == "BAD_REQUEST");
    CHECK(verdict_on(replaced(" HTTP/1.1", "")) == "BAD_REQUEST");
    CHECK(verdict_on(replaced("Host:", "Host :")) == "BAD_REQUEST");
    CHECK(verdict_on(replaced("Host:", ":")) == "BAD_REQUEST");
    CHECK(verdict_on(replaced("Host: chat.example", "Host")) == "BAD_REQUEST");
    CHECK(verdict_on(good.substr(0, good.size() - 2)) == "BAD_REQUEST");
    CHECK(verdict_on("\r\n\r\n") == "BAD_REQUEST");
    CHECK(verdict_on("") == "BAD_REQUEST");
}

TEST_CASE("only the origin form names a resource", "[transport]") {
    const auto with_target = [](std::string target) {
        request r;
        r.line = "GET " + target + " HTTP/1.1";
        return verdict_on(r);
    };
    CHECK(with_target("http://chat.example/ws") == "BAD_REQUEST");
    CHECK(with_target("ws://chat.example/ws") == "BAD_REQUEST");
    CHECK(with_target("*") == "BAD_REQUEST");
    CHECK(with_target("ws") == "BAD_REQUEST");
    CHECK(with_target("") == "BAD_REQUEST");
    CHECK(with_target("/ws?\x80") == "BAD_REQUEST");
    CHECK(with_target("/ws?n=\xc3\xa4") == "BAD_REQUEST");
    CHECK(with_target("/\xff") == "BAD_REQUEST");
}

TEST_CASE("the path is compared octet by octet, without the query", "[transport]") {
    const auto with_target = [](std::string target) {
        request r;
        r.line = "GET " + target + " HTTP/1.1";
        return verdict_on(r);
    };
    CHECK(with_target("/ws") == "passes");
    CHECK(with_target("/ws?") == "passes");
    CHECK(with_target("/ws?token=a?b/c") == "passes");
    CHECK(with_target("/") == "NOT_FOUND");
    CHECK(with_target("/ws/") == "NOT_FOUND");
    CHECK(with_target("/WS") == "NOT_FOUND");
    CHECK(with_target("//ws") == "NOT_FOUND");
    CHECK(with_target("/%77s") == "NOT_FOUND");
    CHECK(with_target("/a?/ws") == "NOT_FOUND");
}

TEST_CASE("a request has exactly one host", "[transport]") {
    CHECK(verdict_on(request().without("Host")) == "BAD_REQUEST");
    CHECK(verdict_on(request().instead("Host", "")) == "BAD_REQUEST");
    CHECK(verdict_on(request().with("Host: chat.example")) == "BAD_REQUEST");
    CHECK(verdict_on(request().with("hOST: other.example")) == "BAD_REQUEST");
    CHECK(accepted(request().instead("Host", "[::1]:3001")).host == "[::1]:3001");
}

TEST_CASE("the host is a name or an address, with or without a port", "[transport]") {
    for (const std::string bad : {"a b", "a/b", "u@b", "a,b", "a%41", "a\"b", "b\xc3\xa4r", "a:b", "a:1:2", "a:65536",
                                  "[::1", "::1", ":80", "[]", "[a b]"}) {
        CAPTURE(bad);
        CHECK(verdict_on(request().instead("Host", bad)) == "BAD_REQUEST");
    }
    for (const std::string good :
         {"a", "A-b_c.example.", "10.0.0.1:3001", "a:", "[2001:db8::1]", "[::ffff:1.2.3.4]:"}) {
        CAPTURE(good);
        CHECK(verdict_on(request().instead("Host", good)) == "passes");
    }
}

TEST_CASE("a request has no body", "[transport]") {
    CHECK(verdict_on(request().with("Content-Length: 0")) == "passes");
    CHECK(verdict_on(request().with("Content-Length: 1")) == "BAD_REQUEST");
    CHECK(verdict_on(request().with("Content-Length: -0")) == "BAD_REQUEST");
    CHECK(verdict_on(request().with("Content-Length: 0").with("Content-Length: 5")) == "BAD_REQUEST");
    CHECK(verdict_on(request().with("Transfer-Encoding: chunked")) == "BAD_REQUEST");
    CHECK(verdict_on(request().with("Transfer-Encoding: identity")) == "BAD_REQUEST");
}

TEST_CASE("fields that decide do not occur twice", "[transport]") {
    CHECK(verdict_on(request().with("Origin: https://a.example").with("origin: https://a.example")) == "BAD_REQUEST");
    CHECK(verdict_on(request().with("Authorization: Bearer a").with("Authorization: Bearer b")) == "BAD_REQUEST");
    CHECK(verdict_on(request().with("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")) == "BAD_REQUEST");
}

TEST_CASE("only GET upgrades", "[transport]") {
    for (const std::string method : {"POST", "HEAD", "PUT", "DELETE", "OPTIONS", "get", "FROB"}) {
        request r;
        r.line = method + " /ws HTTP/1.1";
        CAPTURE(method);
        CHECK(verdict_on(r) == "METHOD_NOT_ALLOWED");
    }
}

TEST_CASE("the tokens of the upgrade are found in lists and in any case", "[transport]") {
    CHECK(verdict_on(request().instead("Connection", "keep-alive, UPGRADE")) == "passes");
    CHECK(verdict_on(request().instead("Connection", "keep-alive").with("Connection: upgrade")) == "passes");
    CHECK(verdict_on(request().instead("Upgrade", "h2c, WebSocket")) == "passes");
    CHECK(verdict_on(request().instead("Upgrade", "HTTP/2.0, websocket")) == "passes");
    CHECK(verdict_on(request().instead("Upgrade", "HTTP/2.0,, \twebsocket,")) == "passes");
    CHECK(verdict_on(request().without("Connection")) == "UPGRADE_REQUIRED");
    CHECK(verdict_on(request().instead("Connection", "keep-alive")) == "UPGRADE_REQUIRED");
    CHECK(verdict_on(request().instead("Connection", "upgraded")) == "UPGRADE_REQUIRED");
    CHECK(verdict_on(request().without("Upgrade")) == "UPGRADE_REQUIRED");
    CHECK(verdict_on(request().instead("Upgrade", "h2c")) == "UPGRADE_REQUIRED");
    CHECK(verdict_on(request().instead("Upgrade", "websockets")) == "UPGRADE_REQUIRED");
    CHECK(verdict_on(request().instead("Upgrade", "h2c websocket")) == "UPGRADE_REQUIRED");
    CHECK(verdict_on(request().instead("Upgrade", "h2c/websocket")) == "UPGRADE_REQUIRED");
}

TEST_CASE("only version 13 is spoken", "[transport]") {
    CHECK(verdict_on(request().without("Sec-WebSocket-Version")) == "UPGRADE_REQUIRED");
    CHECK(verdict_on(request().instead("Sec-WebSocket-Version", "8")) == "UPGRADE_REQUIRED");
    CHECK(verdict_on(request().instead("Sec-WebSocket-Version", "013")) == "UPGRADE_REQUIRED");
    CHECK(verdict_on(request().instead("Sec-WebSocket-Version", "13, 8")) == "UPGRADE_REQUIRED");
    CHECK(verdict_on(request().instead("Sec-WebSocket-Version", "").with("Sec-WebSocket-Version: 13")) ==
          "UPGRADE_REQUIRED");
}

TEST_CASE("the key is the base64 of 16 octets", "[transport]") {
    const auto with_key = [](std::string_view key) { return verdict_on(request().instead("Sec-WebSocket-Key", key)); };
    CHECK(with_key("AAAAAAAAAAAAAAAAAAAAAA==") == "passes");
    CHECK(with_key("/+aaaaaaaaaaaaaaaaaaaw==") == "passes");
    CHECK(verdict_on(request().without("Sec-WebSocket-Key")) == "BAD_REQUEST");
    CHECK(with_key("") == "BAD_REQUEST");
    CHECK(with_key("AAAAAAAAAAAAAAAAAAAAAAA=") == "BAD_REQUEST");
    CHECK(with_key("AAAAAAAAAAAAAAAAAAAA====") == "BAD_REQUEST");
    CHECK(with_key("AAAAAAAAAAAAAAAAAAAAAB==") == "BAD_REQUEST");
    CHECK(with_key("AAAAAAAAAA-_AAAAAAAAAA==") == "BAD_REQUEST");
    CHECK(with_key("AAAAAAAAAAAAAAAAAAAAAA") == "BAD_REQUEST");
}

TEST_CASE("of several failures the first in the order of checks is told", "[transport]") {
    request r;
    r.line = "POST /other HTTP/1.1";
    r.without("Upgrade").instead("Sec-WebSocket-Key", "short").with("Host: twice.example");
    CHECK(verdict_on(r) == "BAD_REQUEST");
    r.instead("Host", "one.example");
    CHECK(verdict_on(r) == "NOT_FOUND");
    r.line = "POST /ws HTTP/1.1";
    CHECK(verdict_on(r) == "METHOD_NOT_ALLOWED");
    r.line = "GET /ws HTTP/1.1";
    CHECK(verdict_on(r) == "UPGRADE_REQUIRED");
    r.with("Upgrade: websocket");
    CHECK(verdict_on(r) == "BAD_REQUEST");
    CHECK(verdict_on(request().with("Host: a").with(std::string("X: ") + std::string(9000, 'x'))) ==
          "HEADERS_TOO_LARGE");
}

TEST_CASE("the fields that are looked at later are handed on as they came", "[transport]") {
    const upgrade_request plain = accepted(request());
    CHECK(plain.host == "chat.example");
    CHECK(plain.key == "dGhlIHNhbXBsZSBub25jZQ==");
    CHECK_FALSE(plain.origin.has_value());
    CHECK_FALSE(plain.authorization.has_value());
    CHECK_FALSE(plain.forwarded_for.has_value());
    CHECK_FALSE(plain.real_ip.has_value());
    CHECK(plain.cookies.empty());
    CHECK(plain.subprotocols.empty());

    const upgrade_request rich = accepted(request()
                                              .with("ORIGIN: https://a.example")
                                              .with("Cookie: a=1; b=2")
                                              .with("Cookie: token=x")
                                              .with("Authorization: Bearer abc")
                                              .with("Sec-WebSocket-Protocol: wsd.v1")
                                              .with("Sec-WebSocket-Protocol: wsd.bearer.t")
                                              .with("X-Forwarded-For: 1.2.3.4, 5.6.7.8")
                                              .with("X-Forwarded-For: 9.9.9.9")
                                              .with("X-Real-IP: 4.4.4.4"));
    CHECK(rich.origin == "https://a.example");
    CHECK(rich.cookies == "a=1; b=2;token=x");
    CHECK(rich.authorization == "Bearer abc");
    CHECK(rich.subprotocols == "wsd.v1,wsd.bearer.t");
    CHECK(rich.forwarded_for == "1.2.3.4, 5.6.7.8,9.9.9.9");
    CHECK(rich.real_ip == "4.4.4.4");

    const upgrade_request empty_first = accepted(
        request().with("X-Forwarded-For: ").with("X-Forwarded-For: 1.2.3.4").with("X-Real-IP: ").with("X-Real-IP: a"));
    CHECK(empty_first.forwarded_for == ",1.2.3.4");
    CHECK(empty_first.real_ip == ",a");
}
