#include "common/state/deadline_heap.hpp"

#include <catch_amalgamated.hpp>

#include <map>
#include <random>
#include <vector>

using namespace wsd;
using namespace std::chrono_literals;

TEST_CASE("the earliest deadline is that of a sorted table under random use") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    deadline_heap heap;
    std::vector<std::uint32_t> positions(200, no_slot);
    const auto position = [&positions](std::uint32_t slot) -> std::uint32_t& { return positions[slot]; };
    std::map<std::uint32_t, steady_time> model;
    for (int step = 0; step < 50'000; ++step) {
        const auto slot = static_cast<std::uint32_t>(random() % positions.size());
        if (random() % 2 == 0) {
            heap.clear(slot, position);
            model.erase(slot);
        } else {
            const steady_time due{milliseconds(random() % 1000)};
            heap.set(slot, due, position);
            model[slot] = due;
        }
        REQUIRE(heap.size() == model.size());
        if (model.empty()) continue;
        steady_time earliest = steady_time::max();
        for (const auto& [s, due] : model) earliest = std::min(earliest, due);
        REQUIRE(heap.earliest() == earliest);
        REQUIRE(model.at(heap.earliest_slot()) == earliest);
    }
}
