#include "common/state/ordered_positions.hpp"

#include <catch_amalgamated.hpp>

#include <iterator>
#include <random>
#include <set>

using wsd::ordered_positions;

TEST_CASE("positions are counted like in a sorted set under random use", "[room]") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::multiset<std::uint64_t> model{3, 1, 1, 7};
    ordered_positions positions({7, 1, 3, 1});
    const auto any = [&] { return *std::next(model.begin(), static_cast<std::ptrdiff_t>(random() % model.size())); };
    for (int step = 0; step < 20'000; ++step) {
        const auto action = random() % 4;
        if (action == 0 || model.empty()) {
            const auto value = random() % 50;
            model.insert(value);
            positions.add(value);
        } else if (action == 1) {
            const auto value = any();
            model.erase(model.find(value));
            positions.remove(value);
        } else {
            const auto value = any();
            const auto to = value + 1 + random() % 10;
            model.erase(model.find(value));
            model.insert(to);
            positions.raise(value, to);
        }
        const auto least = random() % 60;
        CAPTURE(step, least);
        REQUIRE(positions.size() == model.size());
        REQUIRE(positions.count_from(least) ==
                static_cast<std::uint64_t>(std::distance(model.lower_bound(least), model.end())));
    }
    positions.clear();
    CHECK(positions.count_from(0) == 0);
}
