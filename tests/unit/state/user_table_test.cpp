#include "common/state/user_table.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>

namespace {

using namespace wsd;

// Of names that begin and end alike the cheap code is the same: they share a guess.
user_id alike(std::uint64_t number) { return user_id{"begins01" + std::to_string(number) + "-ends-02"}; }

TEST_CASE("users are found by name, and by it alone", "[state]") {
    user_table<int> users(hash_seed{1});
    std::map<std::string, std::uint32_t> known;
    for (const std::string name : {"", "a", "b", "ab", "ba", "abcdefg", "abcdefgh", "abcdefghi", "hgfedcba"})
        known[name] = users.insert(user_id{name});
    for (std::uint64_t i = 0; i < 50; ++i) known[alike(i).value] = users.insert(alike(i));
    for (int round = 0; round < 3; ++round)
        for (const auto& [name, slot] : known) REQUIRE(users.find(name) == slot);
    REQUIRE(users.find("nobody") == no_slot);
    REQUIRE(users.find(alike(50)) == no_slot);
}

TEST_CASE("a user who was erased is not found, whoever has its slot now", "[state]") {
    user_table<int> users(hash_seed{1});
    const std::uint32_t slot = users.insert(alike(1));
    REQUIRE(users.insert(alike(2)) != slot);
    REQUIRE(users.find(alike(1)) == slot);
    users.erase(slot);
    REQUIRE(users.find(alike(1)) == no_slot);
    REQUIRE(users.insert(alike(3)) == slot);
    REQUIRE(users.find(alike(1)) == no_slot);
    REQUIRE(users.find(alike(3)) == slot);
}

TEST_CASE("a table of users answers as a map does while users come and go", "[state]") {
    user_table<int> users(hash_seed{1});
    std::map<std::uint64_t, std::uint32_t> model;
    std::mt19937_64 random(7); // NOLINT: the same every time
    for (int step = 0; step < 60'000; ++step) {
        // Grows to thousands of users, goes back to few, and again.
        const bool growing = step / 15'000 % 2 == 0;
        const std::uint64_t number = random() % 8'000;
        const bool there = model.contains(number);
        REQUIRE(users.find(alike(number)) == (there ? model[number] : no_slot));
        if (there && (!growing || random() % 4 == 0)) {
            users.erase(model[number]);
            model.erase(number);
        } else if (!there && growing) {
            model[number] = users.insert(alike(number));
        }
        REQUIRE(users.size() == model.size());
    }
}

TEST_CASE("slots are given from the lowest up, also after some were given back", "[state]") {
    slot_table<int> slots;
    std::set<std::uint32_t> used;
    std::mt19937_64 random(7); // NOLINT: the same every time
    for (int step = 0; step < 20'000; ++step) {
        if (used.empty() || random() % 5 < (step / 5'000 % 2 == 0 ? 4 : 1)) {
            const std::uint32_t slot = slots.insert(step);
            REQUIRE(used.insert(slot).second);
            // No chunk of 64 before it has room.
            const auto before = std::ranges::count_if(used, [slot](std::uint32_t each) { return each < slot; });
            REQUIRE(static_cast<std::uint32_t>(before) >= slot / 64 * 64);
        } else {
            const auto which = std::next(used.begin(), static_cast<std::ptrdiff_t>(random() % used.size()));
            slots.erase(*which);
            used.erase(which);
        }
        REQUIRE(slots.size() == used.size());
    }
}

} // namespace
