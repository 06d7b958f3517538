#include "loadgen/state/population.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd::loadgen;

TEST_CASE("partners are each other's, share a chat, and are the same for the same seed") {
    const population one({.connections = 1000, .users = 500, .seed = 7});
    const population again({.connections = 1000, .users = 500, .seed = 7});
    const population other({.connections = 1000, .users = 500, .seed = 8});
    int different = 0;
    for (std::uint32_t user = 0; user < 500; ++user) {
        const auto partner = one.partner_of(user).value();
        REQUIRE(partner != user);
        REQUIRE(one.partner_of(partner).value() == user);
        REQUIRE(one.chat_of(partner) == one.chat_of(user));
        REQUIRE(again.partner_of(user) == one.partner_of(user));
        if (other.partner_of(user) != one.partner_of(user)) ++different;
    }
    CHECK(different > 400);
}

TEST_CASE("an odd user has no partner, and connections are dealt out in turn") {
    const population three({.connections = 8, .users = 3, .seed = 1});
    int alone = 0;
    for (std::uint32_t user = 0; user < 3; ++user) alone += three.partner_of(user).has_value() ? 0 : 1;
    CHECK(alone == 1);
    CHECK(three.connections_of(0) == 3);
    CHECK(three.connections_of(1) == 3);
    CHECK(three.connections_of(2) == 2);
    CHECK(three.user_of(7) == 1);
}
