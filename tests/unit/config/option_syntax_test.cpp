#include "common/config/option_syntax.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

using namespace wsd;
using namespace std::string_literals;

namespace {

// Those of `texts` that the rule accepts.
std::vector<std::string> accepted(bool (*rule)(std::string_view), std::vector<std::string> texts) {
    std::erase_if(texts, [&](const std::string& text) { return !rule(text); });
    return texts;
}

const std::vector<std::string> none;

} // namespace

TEST_CASE("a host is an address or a host name") {
    const std::vector<std::string> good{"127.0.0.1", "0.0.0.0",          "::",  "::1",   "fe80::1",
                                        "localhost", "chat.example.org", "a-b", "7host", std::string(63, 'a')};
    CHECK(accepted(syntax::is_host, good) == good);
    CHECK(accepted(syntax::is_host, {"", "[::1]", "300.1.1.1", "1.2.3", "127.0.0.1\0x"s, "a b", "-a", "a-", "a..b",
                                     "a.", "host:80", "/x", std::string(64, 'a'), std::string(300, 'a')}) == none);
}

TEST_CASE("a request path begins with a slash, is ASCII, and has neither query, fragment nor blank") {
    const std::vector<std::string> good{"/", "/ws", "/a/b;c=%20", "/%C3%BC"};
    CHECK(accepted(syntax::is_request_path, good) == good);
    CHECK(accepted(syntax::is_request_path, {"", "ws", "/a?b", "/a#b", "/a b", "/a\tb", "/a\nb", "/ü", "/\x7f"}) ==
          none);
}

TEST_CASE("an origin is scheme, host and port with nothing behind them") {
    const std::vector<std::string> good{"https://a.example",
                                        "http://a.example:8080",
                                        "http://127.0.0.1:1",
                                        "http://[::1]",
                                        "http://[::1]:65535",
                                        "null",
                                        "*",
                                        "chrome-extension://abc"};
    CHECK(accepted(syntax::is_origin, good) == good);
    CHECK(accepted(syntax::is_origin,
                   {"", "a.example", "https://", "https://a.example/", "https://a.example:", "https://a.example:0",
                    "https://a.example:65536", "https://a.example:80x", "https://u@a.example", "https://[::1",
                    "https://::1", "://a", "https://a example", "**", "NULL"}) == none);
}

TEST_CASE("a trusted proxy is an address with a prefix length") {
    const std::vector<std::string> good{"10.0.0.0/8", "0.0.0.0/0", "192.168.1.7/32", "::/0", "fd00::/8", "::1/128"};
    CHECK(accepted(syntax::is_cidr, good) == good);
    CHECK(accepted(syntax::is_cidr, {"", "10.0.0.1", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/8x", "10.0.0/8",
                                     "host/8", "/8", "10.0.0.0/-1", "10.0.0.0/8/8"}) == none);
}

TEST_CASE("a cookie name is a token") {
    const std::vector<std::string> good{"token", "__Host-t", "a.b!#$%&'*+^_`|~1"};
    CHECK(accepted(syntax::is_token, good) == good);
    CHECK(accepted(syntax::is_token, {"", "a b", "a=b", "a;b", "a,b", "a\"b", "(a)", "ü", "a\tb"}) == none);
}

TEST_CASE("the protocol version is 1 to 32 characters, counted as code points") {
    std::string umlauts;
    for (int i = 0; i < 32; ++i) umlauts += "ü";
    const std::vector<std::string> good{"1", std::string(32, 'x'), umlauts};
    CHECK(accepted(syntax::is_short_text, good) == good);
    CHECK(accepted(syntax::is_short_text, {"", std::string(33, 'x'), umlauts + "ü", "a\nb"}) == none);
}

TEST_CASE("text is UTF-8 without control characters") {
    const std::vector<std::string> good{"a", "grün", "\xF0\x9F\x98\x80", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"};
    CHECK(accepted(syntax::is_plain_text, good) == good);
    CHECK(
        accepted(syntax::is_plain_text, {"", "\x1f", "\x7f", "\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80",
                                         "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "a\0b"s}) == none);
}

TEST_CASE("an admin token has at least 16 bytes") {
    CHECK_FALSE(syntax::is_admin_token(std::string(15, 'x')));
    CHECK(syntax::is_admin_token(std::string(16, 'x')));
}

TEST_CASE("loopback addresses are told from others") {
    const std::vector<std::string> good{"127.0.0.1",       "127.255.0.9",      "::1",
                                        "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "localhost"};
    CHECK(accepted(syntax::is_loopback, good) == good);
    CHECK(accepted(syntax::is_loopback, {"128.0.0.1", "0.0.0.0", "::", "::2", "::ffff:10.0.0.1", "1::1",
                                         "localhost.example", "off"}) == none);
}
