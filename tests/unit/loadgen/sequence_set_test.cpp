#include "loadgen/random.hpp"
#include "loadgen/state/sequence_set.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <set>
#include <vector>

using namespace wsd::loadgen;
using outcome = sequence_set::outcome;

TEST_CASE("a sequence set agrees with std::set under inserts near its base") {
    const std::uint64_t seed = Catch::getSeed();
    CAPTURE(seed);
    random_source random(seed);
    for (const std::uint32_t spread : {1u, 3u, 70u, 5000u}) {
        sequence_set set;
        std::set<std::uint32_t> model;
        for (int i = 0; i < 20'000; ++i) {
            const std::uint32_t number = set.base() + 1 + random.below(spread);
            REQUIRE(set.insert(number) == (model.insert(number).second ? outcome::added : outcome::present));
            REQUIRE(set.top() == *model.rbegin());
        }
        std::uint32_t base = 0;
        while (model.contains(base + 1)) ++base;
        CHECK(set.base() == base);
        CHECK(set.size() == model.size());
        for (std::uint32_t number = 0; number <= set.top() + 70; ++number)
            REQUIRE(set.contains(number) == model.contains(number));
    }
}

TEST_CASE("numbers of one set that are missing in another are counted exactly") {
    const std::uint64_t seed = Catch::getSeed();
    CAPTURE(seed);
    random_source random(seed);
    for (int round = 0; round < 200; ++round) {
        sequence_set sent, seen;
        std::set<std::uint32_t> left, right;
        const std::uint32_t count = 1 + random.below(1000);
        for (std::uint32_t number = 1; number <= count; ++number) {
            if (random.below(10) != 0) {
                sent.insert(number);
                left.insert(number);
            }
            if (random.below(10) < 8) {
                seen.insert(number);
                right.insert(number);
            }
        }
        std::vector<std::uint32_t> missing;
        std::ranges::set_difference(left, right, std::back_inserter(missing));
        REQUIRE(sent.count_missing_in(seen, sent.top()) == missing.size());
        const std::uint32_t limit = random.below(count + 1);
        const auto below = std::ranges::count_if(missing, [limit](std::uint32_t n) { return n <= limit; });
        REQUIRE(sent.count_missing_in(seen, limit) == static_cast<std::uint64_t>(below));
    }
}

TEST_CASE("zero and numbers too far ahead are refused") {
    sequence_set set;
    CHECK(set.insert(0) == outcome::refused);
    CHECK(set.insert(sequence_set::span_max + 1) == outcome::refused);
    CHECK(set.size() == 0);
}
