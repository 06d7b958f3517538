#include "loadgen/state/population.hpp"

#include <catch_amalgamated.hpp>

#include <set>

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

TEST_CASE("chats of any size hold every user once, and the last one what is left") {
    const population rooms({.connections = 23, .users = 23, .seed = 3, .chat_size = 5});
    CHECK(rooms.chats() == 5);
    std::set<std::uint32_t> seen;
    for (std::uint32_t user = 0; user < 23; ++user) {
        std::uint32_t members = 0, leaders = 0;
        bool itself = false;
        rooms.for_each_member(user, [&](std::uint32_t member) {
            ++members;
            leaders += rooms.leads_chat(member) ? 1u : 0u;
            itself = itself || member == user;
            REQUIRE(rooms.chat_of(member) == rooms.chat_of(user));
        });
        CHECK(members == (rooms.chat_of(user) == 4 ? 3u : 5u));
        CHECK(leaders == 1);
        CHECK(itself);
        const auto partner = rooms.partner_of(user).value();
        CHECK(partner != user);
        CHECK(rooms.chat_of(partner) == rooms.chat_of(user));
    }
}

TEST_CASE("a user that is left over is alone in its room") {
    const population rooms({.connections = 6, .users = 6, .seed = 1, .chat_size = 5});
    int alone = 0;
    for (std::uint32_t user = 0; user < 6; ++user) alone += rooms.partner_of(user).has_value() ? 0 : 1;
    CHECK(alone == 1);
}
