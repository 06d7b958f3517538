#include "common/state/connection_store.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace {

using namespace wsd;

struct peer {
    int number = 0;
};
using store = connection_store<peer*>;

user_id user(int number) { return {"user-" + std::to_string(number)}; }
session_id session(int number) { return {"session-" + std::to_string(number)}; }

std::vector<std::uint64_t> visited(const store& s, const user_id& u) {
    std::vector<std::uint64_t> ids;
    s.for_each_of(u, [&ids](connection_id id, peer*) { ids.push_back(id.generation); });
    return ids;
}

} // namespace

TEST_CASE("a connection is found by its id until it is removed, and never again") {
    store s({.shard = 3});
    peer first, second;
    const connection_id a = s.add(user(1), session(1), &first);
    CHECK(a.shard == 3);
    CHECK(s.find(a) == &first);
    CHECK(*s.user_of(a) == user(1));
    CHECK(s.remove(a));
    CHECK_FALSE(s.remove(a));
    const connection_id b = s.add(user(1), session(1), &second);
    CHECK(b.slot == a.slot);
    CHECK(s.find(a) == nullptr);
    CHECK(s.user_of(a) == nullptr);
    CHECK(s.find(b) == &second);
    CHECK(s.find(connection_id{}) == nullptr);
    CHECK(s.find({.shard = 2, .slot = b.slot, .generation = b.generation}) == nullptr);
}

TEST_CASE("the cap on connections refuses the next one and changes nothing") {
    store s({.connections_max = 2});
    peer p;
    const connection_id a = s.add(user(1), session(1), &p);
    REQUIRE(s.add(user(1), session(1), &p).generation != 0);
    CHECK(s.add(user(2), session(1), &p).generation == 0);
    CHECK(s.count() == 2);
    CHECK(s.count_users() == 1);
    CHECK(s.remove(a));
    CHECK(s.add(user(2), session(1), &p).generation != 0);
}

TEST_CASE("the oldest open connection skips those being closed, per user and per session") {
    store s({});
    peer p;
    const connection_id a = s.add(user(1), session(1), &p);
    const connection_id b = s.add(user(1), session(2), &p);
    const connection_id c = s.add(user(1), session(1), &p);
    CHECK(s.oldest_of(user(1)) == a);
    CHECK(s.oldest_of(user(1), session(2)) == b);
    s.mark_closing(a);
    s.mark_closing(a);
    CHECK(s.count_of(user(1)) == 3);
    CHECK(s.open_count_of(user(1)) == 2);
    CHECK(s.open_count_of(user(1), session(1)) == 1);
    CHECK(s.oldest_of(user(1)) == b);
    CHECK(s.oldest_of(user(1), session(1)) == c);
    s.set_session(c, session(2));
    CHECK(s.oldest_of(user(1), session(1)) == connection_id{});
    CHECK(s.open_count_of(user(1), session(2)) == 2);
    CHECK(s.remove(a));
    CHECK(s.open_count_of(user(1)) == 2);
    CHECK(s.oldest_of(user(2)) == connection_id{});
}

TEST_CASE("visiting a user's connections survives whatever the callback removes or adds") {
    store s({});
    peer p;
    std::vector<connection_id> ids;
    for (int i = 0; i < 5; ++i) ids.push_back(s.add(user(1), session(i), &p));

    SECTION("the current one") {
        int calls = 0;
        s.for_each_of(user(1), [&](connection_id id, peer*) {
            ++calls;
            CHECK(s.remove(id));
        });
        CHECK(calls == 5);
        CHECK(s.count() == 0);
    }
    SECTION("the next one") {
        std::vector<std::uint64_t> seen;
        s.for_each_of(user(1), [&](connection_id id, peer*) {
            seen.push_back(id.generation);
            if (id == ids[1]) CHECK(s.remove(ids[2]));
        });
        CHECK(seen ==
              std::vector<std::uint64_t>{ids[0].generation, ids[1].generation, ids[3].generation, ids[4].generation});
    }
    SECTION("all of them, while the slots are taken by others") {
        int calls = 0;
        s.for_each_of(user(1), [&](connection_id, peer*) {
            ++calls;
            for (const connection_id id : ids) CHECK(s.remove(id));
            for (int i = 0; i < 5; ++i) CHECK(s.add(user(1), session(i), &p).generation != 0);
        });
        CHECK(calls == 1);
        CHECK(s.count_of(user(1)) == 5);
    }
}

TEST_CASE("the connection store behaves like a plain list under random use") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    store s({.connections_max = 300});
    std::vector<peer> peers(1000);
    struct row {
        connection_id id;
        int user, session;
        peer* handle;
        bool closing;
    };
    std::vector<row> model; // in order of arrival
    for (int step = 0; step < 20'000; ++step) {
        const int u = static_cast<int>(random() % 40), k = static_cast<int>(random() % 4);
        const bool growing = (step / 2000) % 2 == 0;
        if (random() % 100 < (growing ? 60U : 35U)) {
            peer* handle = &peers[random() % peers.size()];
            const connection_id id = s.add(user(u), session(k), handle);
            REQUIRE((id.generation == 0) == (model.size() == 300));
            if (id.generation != 0) model.push_back({id, u, k, handle, false});
        } else if (!model.empty()) {
            const auto at = model.begin() + static_cast<std::ptrdiff_t>(random() % model.size());
            if (random() % 4 == 0) {
                s.mark_closing(at->id);
                at->closing = true;
            } else {
                REQUIRE(s.remove(at->id));
                REQUIRE(s.find(at->id) == nullptr);
                model.erase(at);
            }
        }
        std::vector<std::uint64_t> expected;
        std::size_t open = 0;
        connection_id oldest, oldest_in_session;
        for (const row& r : model) {
            if (r.user != u) continue;
            expected.push_back(r.id.generation);
            if (r.closing) continue;
            ++open;
            if (oldest.generation == 0) oldest = r.id;
            if (r.session == k && oldest_in_session.generation == 0) oldest_in_session = r.id;
        }
        REQUIRE(visited(s, user(u)) == expected);
        REQUIRE(s.count_of(user(u)) == expected.size());
        REQUIRE(s.open_count_of(user(u)) == open);
        REQUIRE(s.oldest_of(user(u)) == oldest);
        REQUIRE(s.oldest_of(user(u), session(k)) == oldest_in_session);
        REQUIRE(s.count() == model.size());
        if (!model.empty()) {
            const row& any = model[random() % model.size()];
            REQUIRE(s.find(any.id) == any.handle);
            REQUIRE(*s.user_of(any.id) == user(any.user));
        }
    }
    std::set<std::uint64_t> all, expected;
    s.for_each([&all](connection_id id, const user_id&, peer*) { all.insert(id.generation); });
    for (const row& r : model) expected.insert(r.id.generation);
    CHECK(all == expected);
}

TEST_CASE("a slot table gives its memory back and keeps the values that stay") {
    slot_table<std::string> table;
    std::vector<std::uint32_t> slots;
    for (int i = 0; i < 100'000; ++i) slots.push_back(table.insert(std::to_string(i)));
    const std::size_t peak = table.memory_bytes();
    for (std::size_t i = 10; i < slots.size(); ++i) table.erase(slots[i]);
    CHECK(table.size() == 10);
    CHECK(table.memory_bytes() < peak / 50);
    for (std::size_t i = 0; i < 10; ++i) CHECK(table[slots[i]] == std::to_string(i));
    CHECK(table.find(slots[10]) == nullptr);
    CHECK(table.find(no_slot) == nullptr);
}
