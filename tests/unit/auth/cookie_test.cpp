#include "common/auth/cookie.hpp"

#include <catch_amalgamated.hpp>

#include <random>
#include <string>
#include <vector>

namespace wsd {
namespace {

// The value in brackets, or what else the lookup says.
std::string found(const std::vector<std::string_view>& fields, std::string_view name = "token") {
    const cookie_lookup lookup = find_cookie(fields, name);
    return lookup.ambiguous ? "ambiguous" : "[" + std::string(lookup.value) + "]";
}

} // namespace

TEST_CASE("cookie: the value of the named cookie is found wherever it stands") {
    CHECK(found({"token=abc"}) == "[abc]");
    CHECK(found({"a=1; token=abc; b=2"}) == "[abc]");
    CHECK(found({"a=1;token=abc;b=2"}) == "[abc]");
    CHECK(found({" \t token=abc \t "}) == "[abc]");
    CHECK(found({"a=1", "b=2; token=abc", "c=3"}) == "[abc]");
    CHECK(found({"token=a=b=c"}) == "[a=b=c]");
    CHECK(found({";;; ; token=abc;;"}) == "[abc]");
    CHECK(found({"junk; token=abc; =x; ="}) == "[abc]");
    CHECK(found({"sid=abc"}, "sid") == "[abc]");
}

TEST_CASE("cookie: what is not the named cookie is not taken for it") {
    for (const char* field :
         {"", ";", "=", "token", "token;", "Token=x", "TOKEN=x", "token2=x", "xtoken=x", "__Host-token=x", "a=token=x",
          "=token=x", "to ken=x", "token =x", "a=1, token=x", "\"token\"=x", "token\xff=x", "%74oken=x", "$token=x"}) {
        CAPTURE(field);
        CHECK(found({field}) == "[]");
    }
    CHECK(found({}) == "[]");
    CHECK(found({std::string_view("token\0=x", 8)}) == "[]");
}

TEST_CASE("cookie: one pair of double quotes is removed and nothing is decoded") {
    CHECK(found({"token=\"abc\""}) == "[abc]");
    CHECK(found({"token=\"\"abc\"\""}) == "[\"abc\"]");
    CHECK(found({"token=\"abc"}) == "[\"abc]");
    CHECK(found({"token=abc\""}) == "[abc\"]");
    CHECK(found({"token=\""}) == "[\"]");
    CHECK(found({"token=a%2Eb+c"}) == "[a%2Eb+c]");
    CHECK(found({"token=\"a;b\""}) == "[\"a]"); // a semicolon ends a pair, quoted or not
}

TEST_CASE("cookie: an empty value counts as missing") {
    CHECK(found({"token="}) == "[]");
    CHECK(found({"token=\"\""}) == "[]");
    CHECK(found({"token= "}) == "[]");
}

TEST_CASE("cookie: two cookies of the name are ambiguous, in one field or two, equal or empty") {
    CHECK(found({"token=a; token=b"}) == "ambiguous");
    CHECK(found({"token=a; x=1; token=a"}) == "ambiguous");
    CHECK(found({"token=a", "token=b"}) == "ambiguous");
    CHECK(found({"token=; token=b"}) == "ambiguous");
    CHECK(found({"token=a; token="}) == "ambiguous");
    CHECK(found({"token=a; token=b; token=c"}) == "ambiguous");
    CHECK(found({"token=a; Token=b; token"}) == "[a]");
}

TEST_CASE("cookie: random fields never crash and never yield a value that is not in them") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    const std::string likely = "token=;\" \t,abc\xff";
    for (int round = 0; round < 20'000; ++round) {
        std::string field(random() % 60, ' ');
        for (char& c : field) c = likely[random() % likely.size()];
        const std::vector<std::string_view> fields = {field, field};
        const cookie_lookup lookup = find_cookie(fields, "token");
        if (!lookup.value.empty()) REQUIRE(field.find(lookup.value) != std::string::npos);
    }
}

} // namespace wsd
