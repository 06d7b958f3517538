#include "loadgen/state/credentials.hpp"

#include "common/auth/jwt.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd;
using namespace wsd::loadgen;

TEST_CASE("minted tokens are accepted for their users, for as long as asked") {
    const std::string secret = "0123456789abcdef0123456789abcdef";
    const timestamp now = 1'782'036'000'000;
    const auto users = credentials::mint(
        {.secret = secret, .prefix = "u", .users = 3, .lifetime = std::chrono::seconds(60), .now = now});
    REQUIRE(users.has_value());
    const auto keys = key_set::from_secret(secret);
    for (std::uint32_t number = 0; number < 3; ++number) {
        const auto read = verify(**keys, {}, users->token(number), now + 59'000);
        REQUIRE(read.has_value());
        CHECK(read->user.value == "u" + std::to_string(number));
        CHECK(users->user(number) == read->user.value);
    }
    CHECK_FALSE(verify(**keys, {}, users->token(0), now + 91'000).has_value());
}

TEST_CASE("a token file has a token a line, with or without its user") {
    const auto users = credentials::read("# mine\nalice  t1\n\n  t2\r\nbob\tt3", 3);
    REQUIRE(users.has_value());
    CHECK(users->user(0) == "alice");
    CHECK(users->token(0) == "t1");
    CHECK(users->user(1).empty());
    CHECK(users->token(1) == "t2");
    CHECK(users->user(2) == "bob");
    CHECK(users->token(2) == "t3");
}

TEST_CASE("a token file that is too short or has a third word is refused with the reason") {
    CHECK(credentials::read("a b\n", 2).error().text.find("1 tokens") != std::string::npos);
    CHECK(credentials::read("a b\nc d e\n", 2).error().text.find("line 2") != std::string::npos);
}
