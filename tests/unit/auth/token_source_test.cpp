#include "common/auth/token_source.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

namespace wsd {
namespace {

struct request {
    std::vector<std::string_view> cookies{};
    std::string_view authorization{};
    std::vector<std::string_view> subprotocols{};
};

token_lookup look_up(const request& r) { return find_token({r.cookies, r.authorization, r.subprotocols}, "token"); }

std::string found(const request& r) {
    const token_lookup lookup = look_up(r);
    if (lookup.ambiguity == token_ambiguity::cookie) return "two cookies";
    if (lookup.ambiguity == token_ambiguity::subprotocol) return "two subprotocols";
    switch (lookup.source) {
    case token_source::none:
        return "none";
    case token_source::cookie:
        return "cookie " + std::string(lookup.token);
    case token_source::bearer:
        return "bearer " + std::string(lookup.token);
    case token_source::subprotocol:
        return "subprotocol " + std::string(lookup.token);
    }
    return "?";
}

} // namespace

TEST_CASE("token source: the cookie goes before Authorization and that before the subprotocol") {
    const request all{{"token=a"}, "Bearer b", {"wsd.v1, wsd.bearer.c"}};
    CHECK(found(all) == "cookie a");
    CHECK(found({{"token="}, all.authorization, all.subprotocols}) == "bearer b");
    CHECK(found({{}, all.authorization, all.subprotocols}) == "bearer b");
    CHECK(found({{}, "Basic eDp5", all.subprotocols}) == "subprotocol c");
    CHECK(found({{}, "Bearer ", all.subprotocols}) == "subprotocol c");
    CHECK(found({{"other=1"}, {}, all.subprotocols}) == "subprotocol c");
    CHECK(found({}) == "none");
}

TEST_CASE("token source: a bearer token follows its scheme in any case, whatever it looks like") {
    CHECK(bearer_token("Bearer a.b.c") == "a.b.c");
    CHECK(bearer_token("bearer a.b.c") == "a.b.c");
    CHECK(bearer_token("BEARER   a.b.c  ") == "a.b.c");
    CHECK(bearer_token("Bearer a b") == "a b");
    for (const char* other :
         {"", "Bearer", "Bearer  ", "Bearera.b.c", "Bearer:a", "Basic a", "Token a", "a.b.c", "Bearer\ta", "\xff"}) {
        CAPTURE(other);
        CHECK(bearer_token(other) == "");
    }
}

TEST_CASE("token source: a subprotocol carries a token only beside wsd.v1") {
    CHECK(found({{}, {}, {"wsd.v1, wsd.bearer.a.b.c"}}) == "subprotocol a.b.c");
    CHECK(found({{}, {}, {"wsd.bearer.a.b.c,wsd.v1"}}) == "subprotocol a.b.c");
    CHECK(found({{}, {}, {"wsd.bearer.a.b.c", "wsd.v1"}}) == "subprotocol a.b.c");
    CHECK(found({{}, {}, {" other ,\twsd.v1 , , wsd.bearer.a "}}) == "subprotocol a");
    for (const char* field :
         {"wsd.bearer.a", "wsd.v1", "wsd.v1, wsd.bearer.", "WSD.V1, wsd.bearer.a", "wsd.v1, WSD.BEARER.a",
          "wsd.v1, wsd.bearer", "wsd.v1 wsd.bearer.a", "wsd.v2, wsd.bearer.a", "wsd.v1; wsd.bearer.a", ",,,", ""}) {
        CAPTURE(field);
        CHECK(found({{}, {}, {field}}) == "none");
    }
}

TEST_CASE("token source: wsd.v1 is noticed wherever the token came from") {
    CHECK(look_up({{"token=a"}, {}, {"wsd.v1"}}).offers_chat);
    CHECK(look_up({{}, "Bearer a", {"x, wsd.v1"}}).offers_chat);
    CHECK_FALSE(look_up({{"token=a"}, {}, {"wsd.v10, xwsd.v1, wsd.bearer.wsd.v1"}}).offers_chat);
}

TEST_CASE("token source: two token cookies or two token subprotocols are ambiguous, whichever would be used") {
    CHECK(found({{"token=a; token=a"}, {}, {}}) == "two cookies");
    CHECK(found({{"token=a; token=b"}, "Bearer c", {"wsd.bearer.d, wsd.bearer.e"}}) == "two cookies");
    CHECK(found({{"token=a"}, "Bearer b", {"wsd.v1, wsd.bearer.c, wsd.bearer.d"}}) == "two subprotocols");
    CHECK(found({{}, {}, {"wsd.bearer.c", "wsd.bearer.c"}}) == "two subprotocols");
    CHECK(found({{}, {}, {"wsd.v1, wsd.bearer., wsd.bearer.c"}}) == "two subprotocols");
    CHECK(look_up({{"token=a; token=b"}, "Bearer c", {}}).token == "");
}

} // namespace wsd
