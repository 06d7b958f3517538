#include "common/auth/origin.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

namespace wsd {
namespace {

origin_list list_of(const std::vector<std::string>& entries, bool allow_any = false) {
    return origin_list::parse(entries, allow_any).value();
}

} // namespace

TEST_CASE("origin: a request without Origin passes") {
    CHECK(list_of({}).admits(std::nullopt, "chat.example"));
    CHECK(list_of({"https://a.example"}).admits(std::nullopt, ""));
}

TEST_CASE("origin: a listed origin passes after normalisation") {
    const origin_list list = list_of({"https://A.example:443", "http://b.example", "HTTPS://c.example:8443",
                                      "capacitor://localhost", "http://[::1]:3000"});
    for (const char* origin :
         {"https://a.example", "https://a.example:443", "HTTPS://A.EXAMPLE", "http://b.example:80", "http://B.example",
          "https://c.example:8443", "capacitor://localhost", "http://[::1]:3000"}) {
        CAPTURE(origin);
        CHECK(list.admits(origin, "other.example"));
    }
    for (const char* origin :
         {"http://a.example", "https://a.example:8443", "https://b.example", "http://b.example:443",
          "https://c.example", "https://x.a.example", "https://a.example.evil", "https://evil-a.example",
          "https://a.example.", "https://a", "capacitor://localhost:80", "http://[::1]", "http://[::1]:3001"}) {
        CAPTURE(origin);
        CHECK_FALSE(list.admits(origin, "other.example"));
    }
}

TEST_CASE("origin: the server's own origin passes when host and port are those of Host") {
    const origin_list list = list_of({});
    struct row {
        const char* origin;
        const char* host;
        bool passes;
    };
    for (const row& r : std::vector<row>{{"https://chat.example", "chat.example", true},
                                         {"http://chat.example", "chat.example", true},
                                         {"https://CHAT.example", "chat.EXAMPLE", true},
                                         {"https://chat.example", "chat.example:443", true},
                                         {"http://chat.example:80", "chat.example", true},
                                         {"http://chat.example:3001", "chat.example:3001", true},
                                         {"http://127.0.0.1:3001", "127.0.0.1:3001", true},
                                         {"http://[::1]:3001", "[::1]:3001", true},
                                         {"https://chat.example", "chat.example:", true},
                                         {"https://chat.example", "chat.example:80", false},
                                         {"http://chat.example", "chat.example:443", false},
                                         {"http://chat.example:3000", "chat.example:3001", false},
                                         {"http://chat.example:3001", "chat.example", false},
                                         {"https://evil.example", "chat.example", false},
                                         {"https://chat.example.evil", "chat.example", false},
                                         {"ws://chat.example", "chat.example", false},
                                         {"file://chat.example", "chat.example", false},
                                         {"https://chat.example", "", false},
                                         {"https://chat.example", "user@chat.example", false},
                                         {"https://chat.example", "chat.example, chat.example", false},
                                         {"http://localhost:3001", "127.0.0.1:3001", false},
                                         {"null", "null", false}}) {
        CAPTURE(r.origin, r.host);
        CHECK(list.admits(r.origin, r.host) == r.passes);
    }
}

TEST_CASE("origin: a malformed origin is refused, even when Host looks like it") {
    const origin_list list = list_of({"https://a.example"});
    for (const std::string& origin : std::vector<std::string>{"",
                                                              " ",
                                                              "a.example",
                                                              "//a.example",
                                                              "://a.example",
                                                              "https:",
                                                              "https://",
                                                              "https:/a.example",
                                                              "https://a.example/",
                                                              "https://a.example/path",
                                                              "https://a.example?x",
                                                              "https://a.example#x",
                                                              "https://user@a.example",
                                                              "https://a.example@evil.example",
                                                              "https://a.example:",
                                                              "https://a.example:0x1bb",
                                                              "https://a.example:443:443",
                                                              "https://a.example:65536",
                                                              "https://a.example:99999999999",
                                                              "https://a.example:-1",
                                                              "https://a.example:+443",
                                                              "https:// a.example",
                                                              "https://a.example ",
                                                              " https://a.example",
                                                              "https://a.example\t",
                                                              "https://a.example https://a.example",
                                                              "https://a.example,https://a.example",
                                                              "https://a.ex%61mple",
                                                              "https://a\\.example",
                                                              "https://[::1",
                                                              "https://[::1]x",
                                                              "https://::1",
                                                              "https://[]",
                                                              "https://[::g]",
                                                              "https://\xc3\xa4.example",
                                                              "1https://a.example",
                                                              "ht tps://a.example",
                                                              "NULL",
                                                              "Null",
                                                              "null ",
                                                              "*",
                                                              "https://*",
                                                              "https://*.example",
                                                              std::string("https://a.example\0", 18),
                                                              std::string(100'000, 'a')}) {
        CAPTURE(origin);
        CHECK_FALSE(list.admits(origin, "a.example"));
        CHECK_FALSE(list.admits(origin, origin));
    }
}

TEST_CASE("origin: null passes only when it is listed") {
    CHECK_FALSE(list_of({}).admits("null", "chat.example"));
    CHECK(list_of({"null"}).admits("null", "chat.example"));
    CHECK_FALSE(list_of({"null"}).admits("https://a.example", "chat.example"));
}

TEST_CASE("origin: an asterisk admits every origin, and is an error unless any may be allowed") {
    CHECK(origin_list::parse(std::vector<std::string>{"*"}, false).has_error());
    const origin_list list = list_of({"https://a.example", "*"}, true);
    for (const char* origin : {"https://evil.example", "null", "", "garbage"})
        CHECK(list.admits(origin, "chat.example"));
}

TEST_CASE("origin: an entry that is no origin is an error that names it") {
    for (const char* entry :
         {"", "a.example", "https://", "https://a.example/", "https://a.example/chat", "https://*.example",
          "https://a.example:0x1", "https://a.example:", "https://a.example:70000", "NULL", "**",
          "https://b\xc3\xbc"
          "cher.example",
          "https://a.example https://b.example"}) {
        CAPTURE(entry);
        const auto list = origin_list::parse(std::vector<std::string>{"https://good.example", entry}, true);
        REQUIRE(list.has_error());
        CHECK_THAT(list.error().text, Catch::Matchers::ContainsSubstring("\"" + std::string(entry) + "\""));
    }
    CHECK(origin_list::parse(std::vector<std::string>(1001, "https://a.example"), false).has_error());
}

} // namespace wsd
