#include "common/protocol/member_scan.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

using namespace wsd;

namespace {

// "name=value" for each member; a trailing "!" when the scan gave up.
std::vector<std::string> walk(std::string_view text) {
    std::vector<std::string> found;
    member_scan scan(text);
    while (const auto one = scan.next()) found.push_back(std::string(one->name) + '=' + std::string(one->value));
    if (scan.broken()) found.emplace_back("!");
    return found;
}

using names = std::vector<std::string>;

} // namespace

TEST_CASE("a member scan visits the members of the outer object in order") {
    CHECK(walk(R"({"type":"PONG","timestamp":12})") == names{"type=PONG", "timestamp=12"});
    CHECK(walk(R"( { "a" : "x" , "b" : -1.5e3 , "c" : null } )") == names{"a=x", "b=-1.5e3", "c=null"});
    CHECK(walk("{}") == names{});
    CHECK(walk(R"({"a":{"b":[1,{"c":"}"}]},"d":["]","\""],"e":true})") ==
          names{R"(a={"b":[1,{"c":"}"}]})", R"(d=["]","\""])", "e=true"});
}

TEST_CASE("a member scan tells texts with escapes and finds their end") {
    member_scan scan(R"({"a":"x\\","b":"\\\"","c":"plain"})");
    auto one = scan.next().value();
    CHECK(one.value == R"(x\\)");
    CHECK(one.escaped);
    one = scan.next().value();
    CHECK(one.value == R"(\\\")");
    CHECK(one.escaped);
    one = scan.next().value();
    CHECK(one.value == "plain");
    CHECK_FALSE(one.escaped);
    CHECK_FALSE(scan.next().has_value());
    CHECK_FALSE(scan.broken());
}

TEST_CASE("a member scan reads whole numbers and nothing else as such") {
    member_scan scan(R"({"a":18446744073709551615,"b":18446744073709551616,"c":-1,"d":1.0,"e":"7","f":0})");
    CHECK(scan.next()->natural() == 18446744073709551615ull);
    CHECK_FALSE(scan.next()->natural().has_value());
    CHECK_FALSE(scan.next()->natural().has_value());
    CHECK_FALSE(scan.next()->natural().has_value());
    CHECK_FALSE(scan.next()->natural().has_value());
    CHECK(scan.next()->natural() == 0u);
}

TEST_CASE("a member scan of damaged text ends, within the text") {
    for (const char* bad : {"", "[]", "null", "{", R"({"a)", R"({"a":)", R"({"a":"x)", R"({"a":"x\")", R"({"a":{)",
                            R"({"a":["}])", R"({"a" 1})", R"({a:1})", R"({"a":1 "b":2})", R"({"a":,})"}) {
        CAPTURE(bad);
        const auto found = walk(bad);
        REQUIRE_FALSE(found.empty());
        CHECK(found.back() == "!");
    }
    // Every prefix of a frame, in a buffer of its own, so that a sanitizer sees a step too far.
    const std::string frame = R"({"type":"MESSAGE_RECEIVE","seq":12,"message":{"id":"x","n":[1,2]},"content":"a\"b"})";
    for (std::size_t bytes = 0; bytes < frame.size(); ++bytes) {
        const std::vector<char> copy(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(bytes));
        CHECK(walk({copy.data(), copy.size()}).back() == "!");
    }
}
