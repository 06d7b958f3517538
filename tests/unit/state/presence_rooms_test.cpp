#include "tests/unit/state/presence_driver.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd;
using namespace wsd::test;

TEST_CASE("members of a room are contacts") {
    presence p;
    p.come_into(alice, {{"r"}});
    p.come_into(bob, {{"r"}, {"s"}});
    p.come_into(carol, {{"s"}});
    p.come({"dave"});
    CHECK(p.tick() == lines{"alice: bob+", "bob: alice+ carol+", "carol: bob+"});
    CHECK(p.snapshot(alice) == "bob");
    CHECK(p.snapshot(bob) == "alice carol");
    CHECK(p.snapshot(bob, 1) == "alice …");
    CHECK(p.snapshot({"dave"}).empty());
    p.go(bob, departure::left);
    CHECK(p.tick() == lines{"alice: bob-", "carol: bob-"});
    CHECK(p.snapshot(alice).empty());
    CHECK_FALSE(p.store.is_in(bob, {"r"}));
}

TEST_CASE("users who share several rooms and a chat are told of each other once") {
    presence p;
    p.come(alice, {bob});
    p.writer.set_contacts(alice, {}, std::vector<room_id>{{"r"}, {"s"}});
    CHECK(p.tick().empty());
    REQUIRE(p.writer.connected(bob, p.wall));
    p.writer.set_contacts(bob, std::vector<user_id>{alice}, std::vector<room_id>{{"r"}, {"s"}});
    CHECK(p.tick() == lines{"alice: bob+"});
    SECTION("and when one connection between them remains, nothing changes") {
        p.writer.leave(bob, {"r"});
        p.writer.leave(alice, {"s"});
        p.go(bob, departure::left);
        CHECK(p.tick() == lines{"alice: bob-"});
    }
    SECTION("and are contacts already when they meet in a further room") {
        p.writer.enter(alice, {"t"});
        p.writer.enter(bob, {"t"});
        CHECK(p.tick().empty());
    }
}

TEST_CASE("who joins a room is introduced to those who are there, and they to it") {
    presence p;
    for (const user_id& user : {alice, bob, carol}) p.come(user);
    CHECK(p.tick().empty());
    p.writer.enter(alice, {"r"});
    CHECK(p.tick().empty());
    p.writer.enter(bob, {"r"});
    CHECK(p.tick() == lines{"alice: bob+", "bob: alice+"});
    SECTION("one who is already a contact of some is introduced to the others alone") {
        p.writer.add_contact(alice, carol);
        CHECK(p.tick() == lines{"alice: carol+", "carol: alice+"});
        p.writer.enter(carol, {"r"});
        CHECK(p.tick() == lines{"bob: carol+", "carol: bob+"});
    }
    SECTION("who is shown already is not told again") {
        p.writer.enter(carol, {"r"});
        const std::uint64_t version = p.writer.snapshot(carol, 10).version;
        p.pass(250ms);
        const presence_tick t = p.writer.advance(p.now, p.wall);
        REQUIRE(t.viewers.size() == 3);
        for (const auto& viewer : t.viewers)
            for (const presence_change& change : told_to(t, viewer)) CHECK_FALSE(change.is_news_after(version));
    }
    SECTION("who left within the tick is not introduced") {
        p.writer.enter(carol, {"r"});
        p.writer.leave(carol, {"r"});
        CHECK(p.tick().empty());
        p.go(carol, departure::left);
        CHECK(p.tick().empty());
    }
    SECTION("in two rooms at once it is introduced once") {
        p.writer.enter(alice, {"s"});
        p.writer.enter(bob, {"s"});
        CHECK(p.tick().empty());
        p.writer.enter(carol, {"s"});
        p.writer.enter(carol, {"r"});
        CHECK(p.tick() == lines{"alice: carol+", "bob: carol+", "carol: alice+ bob+"});
    }
}

TEST_CASE("who no longer shares a room with anybody is told nothing and seen by nobody") {
    presence p;
    for (const user_id& user : {alice, bob}) p.come_into(user, {{"r"}});
    CHECK(p.tick() == lines{"alice: bob+", "bob: alice+"});
    p.writer.leave(bob, {"r"});
    CHECK(p.tick().empty());
    CHECK(p.snapshot(alice).empty());
    p.go(bob, departure::left);
    CHECK(p.tick().empty());
    p.come(bob);
    CHECK(p.tick().empty());
    p.writer.enter(bob, {"r"});
    CHECK(p.tick() == lines{"alice: bob+", "bob: alice+"});
}

TEST_CASE("a room that was left while the list of rooms was on its way is not entered by it") {
    presence p;
    p.come_into(alice, {{"r"}, {"s"}});
    REQUIRE(p.writer.connected(bob, p.wall));
    p.writer.leave(bob, {"r"});
    p.writer.leave(bob, {"s"});
    p.writer.enter(bob, {"s"}); // and came back
    p.writer.set_contacts(bob, {}, std::vector<room_id>{{"r"}, {"s"}});
    CHECK_FALSE(p.store.is_in(bob, {"r"}));
    CHECK(p.store.is_in(bob, {"s"}));
    CHECK(p.tick() == lines{"alice: bob+", "bob: alice+"});
}

TEST_CASE("everybody who went offline is named, whoever may see it") {
    for (const auto audience : {presence_audience::contacts, presence_audience::all, presence_audience::none}) {
        presence p({.audience = audience});
        p.come(alice);
        REQUIRE(p.writer.connected(bob, p.wall)); // contacts not known
        p.go(alice, departure::left);
        p.go(bob, departure::lost);
        const presence_tick first = p.writer.advance(p.now, p.wall);
        CHECK(first.gone == std::vector<user_id>{alice});
        p.pass(5000ms);
        CHECK(p.writer.advance(p.now, p.wall).gone == std::vector<user_id>{bob});
        p.come(alice);
        p.go(alice, departure::left);
        p.come(alice);
        CHECK(p.writer.advance(p.now, p.wall).gone.empty());
    }
}

TEST_CASE("a thousand members who join, or come, within one tick take no memory for each pair of them") {
    presence p;
    constexpr int members = 1000;
    const auto id = [](int number) { return user_id{"user-" + std::to_string(number)}; };
    for (int i = 0; i < members; ++i) p.come(id(i));
    CHECK(p.tick().empty());
    std::size_t told = 0, ranges = 0;
    const auto count = [&](const presence_tick& t) {
        CHECK(t.viewers.size() == members); // one frame for each
        CHECK(t.changes.size() == members);
        told = 0;
        for (const auto& viewer : t.viewers) told += told_to(t, viewer).size();
        ranges = t.told.size();
    };
    SECTION("joining") {
        for (int i = 0; i < members; ++i) p.writer.enter(id(i), {"r"});
        p.pass(250ms);
        count(p.writer.advance(p.now, p.wall));
    }
    SECTION("coming") {
        for (int i = 0; i < members; ++i) p.go(id(i), departure::left);
        CHECK(p.tick().empty());
        for (int i = 0; i < members; ++i) p.come_into(id(i), {{"r"}});
        p.pass(250ms);
        count(p.writer.advance(p.now, p.wall));
    }
    CHECK(told == members * (members - 1));
    CHECK(ranges <= 2 * members);
}
