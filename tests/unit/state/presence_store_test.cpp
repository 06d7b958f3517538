#include "tests/unit/state/presence_driver.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace wsd;
using namespace wsd::test;

template <class T>
concept writes_presence = requires(T& t, const user_id& user) { t.connected(user, timestamp{}); };
static_assert(writes_presence<presence_writer>);
static_assert(!writes_presence<presence_store>);
static_assert(!writes_presence<const presence_store>);
static_assert(!std::is_default_constructible_v<presence_writer>);
static_assert(!std::is_copy_constructible_v<presence_writer> && !std::is_copy_assignable_v<presence_writer>);
static_assert(std::is_move_constructible_v<presence_writer>);
static_assert(!std::is_constructible_v<presence_writer, presence_store&>);

} // namespace

TEST_CASE("contacts are told of a first connection and of nobody's second one") {
    presence p;
    p.come(alice);
    CHECK(p.tick().empty());
    p.come(bob, {alice});
    CHECK(p.tick() == lines{"alice: bob+"});
    p.come(bob, {alice});
    p.come(carol);
    CHECK(p.tick().empty());
    CHECK(p.store.count_online() == 3);
}

TEST_CASE("the audience is told of a departure after the grace, and of a return within it never") {
    presence p;
    p.come(alice);
    p.come(bob, {alice});
    (void)p.tick();
    p.go(bob);
    CHECK(p.tick(4999ms).empty());
    CHECK(p.store.is_online(bob));
    p.come(bob, {alice});
    CHECK(p.tick(10s).empty());
    p.go(bob);
    CHECK(p.tick(5000ms) == lines{"alice: bob-"});
    CHECK_FALSE(p.store.is_online(bob));
    CHECK(p.store.last_seen(bob) == std::nullopt);
    CHECK(p.store.count_records() == 1);
}

TEST_CASE("a user who leaves is offline at once, but only with its last connection") {
    presence p;
    p.come(alice);
    p.come(bob, {alice});
    p.come(bob, {alice});
    (void)p.tick();
    p.go(bob, departure::left);
    CHECK(p.tick().empty());
    p.go(bob, departure::left);
    CHECK(p.tick() == lines{"alice: bob-"});
    p.go(bob, departure::left);
    CHECK(p.tick().empty());
}

TEST_CASE("two transitions within a tick cancel out and leave lastSeen as it was") {
    presence p({.offline_grace = 0ms});
    p.come(alice);
    p.come(bob, {alice});
    const timestamp came = p.wall;
    (void)p.tick();
    p.pass(1h);
    p.go(bob);
    p.come(bob, {alice});
    CHECK(p.tick().empty());
    CHECK(p.store.last_seen(bob) == came);
    p.come(carol, {alice});
    p.go(carol);
    CHECK(p.tick().empty());
    CHECK(p.store.count_records() == 2);
}

TEST_CASE("users who come together are one entry per viewer, and nobody is told of itself") {
    presence p;
    p.come(alice);
    p.come(bob, {alice});
    p.come(carol, {alice, bob});
    CHECK(p.tick() == lines{"alice: bob+ carol+", "bob: alice+ carol+", "carol: alice+ bob+"});
}

TEST_CASE("a user whose contacts are not known yet is told of when they are") {
    presence p;
    p.come(alice);
    REQUIRE(p.writer.connected(bob, p.wall));
    CHECK_FALSE(p.store.contacts_known(bob));
    CHECK(p.tick().empty());
    CHECK(p.tick().empty());
    p.writer.set_contacts(bob, std::vector{alice});
    CHECK(p.store.contacts_known(bob));
    CHECK(p.tick() == lines{"alice: bob+"});
}

TEST_CASE("contacts may come in parts") {
    presence p;
    p.come(alice);
    p.come(carol);
    (void)p.tick();
    REQUIRE(p.writer.connected(bob, p.wall));
    p.writer.add_contacts(bob, std::vector{alice});
    CHECK_FALSE(p.store.contacts_known(bob));
    CHECK(p.tick().empty());
    p.writer.set_contacts(bob, std::vector{carol});
    CHECK(p.snapshot(bob) == "alice carol");
    CHECK(p.tick() == lines{"alice: bob+", "carol: bob+"});
}

TEST_CASE("one load brings the contacts of a user, and another one when it has gone and come again") {
    presence p({.offline_grace = 0ms});
    CHECK_FALSE(p.writer.begin_contacts(alice));
    REQUIRE(p.writer.connected(alice, p.wall));
    const auto first = p.writer.begin_contacts(alice).value();
    CHECK(p.store.awaits_contacts(alice, first));
    REQUIRE(p.writer.connected(alice, p.wall));
    CHECK_FALSE(p.writer.begin_contacts(alice));
    p.go(alice);
    p.go(alice);
    (void)p.tick();
    CHECK_FALSE(p.store.awaits_contacts(alice, first));
    REQUIRE(p.writer.connected(alice, p.wall));
    const auto second = p.writer.begin_contacts(alice).value();
    CHECK_FALSE(p.store.awaits_contacts(alice, first));
    CHECK(p.store.awaits_contacts(alice, second));
    p.writer.set_contacts(alice, {});
    CHECK_FALSE(p.store.awaits_contacts(alice, second));
    CHECK_FALSE(p.writer.begin_contacts(alice));
}

TEST_CASE("a snapshot is truncated when the contacts can't be had") {
    presence p;
    p.come(alice);
    REQUIRE(p.writer.connected(bob, p.wall));
    p.writer.add_contacts(bob, std::vector{alice});
    p.writer.miss_contacts(bob);
    CHECK(p.snapshot(bob) == "alice …");
    CHECK(p.snapshot(alice) == "bob");
    CHECK(p.tick() == lines{"alice: bob+", "bob: alice+"});
}

TEST_CASE("a snapshot shows who of the audience is online now, without the viewer") {
    presence p;
    p.come(alice);
    p.come(bob, {alice});
    p.come(carol);
    CHECK(p.snapshot(alice) == "bob");
    CHECK(p.snapshot(bob) == "alice");
    CHECK(p.snapshot(carol).empty());
    CHECK(p.snapshot({"nobody"}).empty());
    p.come({"dave"}, {alice});
    CHECK(p.snapshot(alice, 1) == "bob …");
}

TEST_CASE("what a snapshot showed is no news, and what it showed in vain is corrected") {
    presence p({.offline_grace = 0ms});
    p.come(alice);
    (void)p.tick();
    const std::uint64_t before = p.writer.snapshot(alice, 10).version;
    p.come(bob, {alice});
    const std::uint64_t shown = p.writer.snapshot(alice, 10).version;

    SECTION("shown") {
        const presence_tick t = p.writer.advance(p.now, p.wall);
        REQUIRE(t.changes.size() == 1);
        CHECK(t.changes[0].is_news_after(before));
        CHECK_FALSE(t.changes[0].is_news_after(shown));
    }
    SECTION("shown in vain") {
        p.go(bob);
        const std::uint64_t after = p.writer.snapshot(alice, 10).version;
        const presence_tick t = p.writer.advance(p.now, p.wall);
        REQUIRE(t.changes.size() == 1);
        CHECK_FALSE(t.changes[0].online);
        CHECK_FALSE(t.changes[0].is_news_after(before));
        CHECK(t.changes[0].is_news_after(shown));
        CHECK_FALSE(t.changes[0].is_news_after(after));
        REQUIRE(t.viewers.size() == 1);
        CHECK(t.viewers[0].user == alice);
    }
}

TEST_CASE("users who become contacts while connected are told of each other once") {
    presence p;
    p.come(alice);
    p.come(bob);
    (void)p.tick();
    p.writer.add_contact(alice, bob);
    p.writer.add_contact(bob, alice);
    p.writer.add_contact(alice, {"stranger"});
    CHECK(p.tick() == lines{"alice: bob+", "bob: alice+"});
    CHECK(p.tick().empty());
    p.come(carol);
    p.writer.add_contact(alice, carol);
    CHECK(p.tick() == lines{"alice: carol+", "carol: alice+"});
    p.go(carol, departure::left);
    CHECK(p.tick() == lines{"alice: carol-"});
}

TEST_CASE("in audience all every transition is for everybody, in audience none there are none") {
    presence all({.audience = presence_audience::all});
    REQUIRE(all.writer.connected(alice, all.wall));
    REQUIRE(all.writer.connected(bob, all.wall));
    CHECK(all.snapshot(alice) == "bob");
    const presence_tick t = all.writer.advance(all.now, all.wall);
    CHECK(t.changes.size() == 2);
    CHECK(t.viewers.empty());
    CHECK(t.came == 2);
    CHECK(t.went == 0);

    presence none({.audience = presence_audience::none});
    REQUIRE(none.writer.connected(alice, none.wall));
    REQUIRE(none.writer.connected(bob, none.wall));
    CHECK(none.snapshot(alice).empty());
    presence_tick untold = none.writer.advance(none.now, none.wall);
    CHECK(untold.changes.empty());
    CHECK(untold.came == 2);
    none.go(bob, departure::left);
    untold = none.writer.advance(none.now, none.wall);
    CHECK(untold.changes.empty());
    CHECK(untold.went == 1);
    CHECK(none.store.count_records() == 1);
}

TEST_CASE("the caps on users and contacts refuse without harm") {
    presence p({.users_max = 3, .contacts_max = 1});
    p.come(alice);
    p.come(bob, {alice});
    p.come(carol, {alice, bob});
    CHECK_FALSE(p.writer.connected({"dave"}, p.wall));
    CHECK(p.tick() == lines{"alice: bob+", "bob: alice+"});
    CHECK(p.snapshot(alice) == "bob …");
    CHECK(p.snapshot(carol) == " …");
    p.go({"dave"});
    CHECK(p.store.count_online() == 3);
}

// Each connection keeps the view a client would have: its snapshot, then whatever it is told. When things have settled
// every view must be the truth, whatever happened in between.
TEST_CASE("a client's view of its contacts converges to the truth under random use") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    presence p({.offline_grace = 300ms});
    constexpr int users = 12;
    const auto id = [](int number) { return user_id{"user-" + std::to_string(number)}; };
    const auto number = [](const user_id& user) { return std::stoi(user.value.substr(5)); };
    struct connection {
        bool has_snapshot = false;
        std::uint64_t version = 0;
        std::set<int> online;
    };
    std::vector<std::vector<connection>> connections(users);
    std::vector<std::set<int>> friends(users); // by direct chats
    std::vector<std::set<int>> rooms(5);       // who is in them
    std::size_t told_in_vain = 0, told = 0;
    const auto room_name = [](std::size_t room) { return room_id{"room-" + std::to_string(room)}; };
    const auto are_contacts = [&](int a, int b) {
        return friends[static_cast<std::size_t>(a)].contains(b) ||
               std::any_of(rooms.begin(), rooms.end(),
                           [&](const std::set<int>& room) { return room.contains(a) && room.contains(b); });
    };
    const auto load_contacts = [&](int who) {
        std::vector<user_id> list;
        std::vector<room_id> in;
        for (const int contact : friends[static_cast<std::size_t>(who)]) list.push_back(id(contact));
        for (std::size_t room = 0; room < rooms.size(); ++room)
            if (rooms[room].contains(who)) in.push_back(room_name(room));
        p.writer.set_contacts(id(who), list, in);
    };
    const auto move = [&](int who, std::size_t room) {
        if (rooms[room].insert(who).second) return p.writer.enter(id(who), room_name(room));
        const std::set<int> others = rooms[room];
        rooms[room].erase(who);
        p.writer.leave(id(who), room_name(room));
        for (const int other : others) { // a client forgets whom it has nothing to do with any more
            if (are_contacts(who, other)) continue;
            for (connection& c : connections[static_cast<std::size_t>(who)]) c.online.erase(other);
            for (connection& c : connections[static_cast<std::size_t>(other)]) c.online.erase(who);
        }
    };
    const auto advance = [&] {
        const presence_tick t = p.writer.advance(p.now, p.wall);
        for (const auto& viewer : t.viewers)
            for (connection& c : connections[static_cast<std::size_t>(number(viewer.user))])
                for (const presence_change& change : told_to(t, viewer)) {
                    REQUIRE(change.user != viewer.user);
                    REQUIRE(are_contacts(number(viewer.user), number(change.user)));
                    if (!c.has_snapshot || !change.is_news_after(c.version)) continue;
                    const int about = number(change.user);
                    const bool knew = c.online.contains(about) == change.online;
                    ++told;
                    told_in_vain += knew ? 1 : 0;
                    if (change.online)
                        c.online.insert(about);
                    else
                        c.online.erase(about);
                }
    };
    for (int step = 0; step < 30'000; ++step) {
        const auto who = static_cast<std::size_t>(random() % users);
        const int as_int = static_cast<int>(who);
        auto& own = connections[who];
        switch (random() % 8) {
        case 0:
        case 1:
            if (own.size() < 3) {
                REQUIRE(p.writer.connected(id(as_int), p.wall));
                own.emplace_back();
                if (random() % 2 == 0) load_contacts(as_int);
            }
            break;
        case 2:
            if (!own.empty()) {
                own.erase(own.begin() + static_cast<std::ptrdiff_t>(random() % own.size()));
                p.go(id(as_int), random() % 2 == 0 ? departure::left : departure::lost);
            }
            break;
        case 3:
            if (const auto& some = friends[who]; random() % 2 == 0 && !some.empty()) // a page that is not the last
                p.writer.add_contacts(id(as_int), std::vector{id(*some.begin())});
            else
                load_contacts(as_int);
            break;
        case 4:
        case 5:
            for (connection& c : own)
                if (!c.has_snapshot && p.store.contacts_known(id(as_int))) {
                    const presence_snapshot s = p.writer.snapshot(id(as_int), 5000);
                    c = {.has_snapshot = true, .version = s.version, .online = {}};
                    for (const auto& e : s.online) c.online.insert(number(e.user));
                }
            break;
        case 6:
            if (const int other = static_cast<int>(random() % users); other != as_int && random() % 10 == 0) {
                friends[who].insert(other);
                friends[static_cast<std::size_t>(other)].insert(as_int);
                p.writer.add_contact(id(as_int), id(other));
            }
            if (random() % 5 == 0) move(as_int, random() % rooms.size());
            if (random() % 500 == 0) { // everybody's contacts anew, after everybody has gone
                for (int i = 0; i < users; ++i) {
                    for (std::size_t n = connections[static_cast<std::size_t>(i)].size(); n > 0; --n)
                        p.go(id(i), departure::left);
                    connections[static_cast<std::size_t>(i)].clear();
                    friends[static_cast<std::size_t>(i)].clear();
                }
                for (std::set<int>& room : rooms) room.clear();
                p.pass(1s);
                advance();
                REQUIRE(p.store.count_records() == 0);
            }
            break;
        default:
            p.pass(milliseconds(random() % 200));
            advance();
        }
        if (step % 50 != 0) continue;
        for (int i = 0; i < users; ++i) load_contacts(i);
        advance();
        p.pass(300ms);
        advance();
        std::size_t online = 0;
        for (int i = 0; i < users; ++i) {
            const auto at = static_cast<std::size_t>(i);
            REQUIRE(p.store.is_online(id(i)) == !connections[at].empty());
            online += connections[at].empty() ? 0 : 1;
            std::set<int> truth;
            for (int other = 0; other < users; ++other)
                if (other != i && are_contacts(i, other) && !connections[static_cast<std::size_t>(other)].empty())
                    truth.insert(other);
            for (const connection& c : connections[at])
                if (c.has_snapshot) REQUIRE(c.online == truth);
        }
        REQUIRE(p.store.count_online() == online);
        REQUIRE(p.store.count_records() == online);
    }
    CAPTURE(told, told_in_vain);
    CHECK(told_in_vain * 20 < told);
}
