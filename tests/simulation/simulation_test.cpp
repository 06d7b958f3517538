// Whole conversations under everything that can go wrong but a crash, on a virtual clock; WSD_SIMULATION_SEEDS=FROM-TO
// or a single seed chooses which.
#include "tests/simulation/world.hpp"

#include <catch_amalgamated.hpp>

#include <cstdlib>
#include <string>
#include <utility>

using namespace wsd::simulation;

namespace {

std::pair<std::uint32_t, std::uint32_t> chosen_seeds() {
    const char* text = std::getenv("WSD_SIMULATION_SEEDS");
    if (text == nullptr) return {1, 200};
    const std::string range(text);
    const auto dash = range.find('-');
    const auto first = static_cast<std::uint32_t>(std::stoul(range));
    return {first, dash == std::string::npos ? first : static_cast<std::uint32_t>(std::stoul(range.substr(dash + 1)))};
}

} // namespace

TEST_CASE("whatever the order of steps, what is acknowledged is seen once, in order, by all who may", "[simulation]") {
    const auto [first, last] = chosen_seeds();
    std::size_t acknowledged = 0;
    for (std::uint32_t seed = first; seed <= last; ++seed) {
        INFO("WSD_SIMULATION_SEEDS=" << seed);
        world tested{choices(seed)};
        try {
            for (std::uint32_t i = 0; i < 1000 + seed % 4 * 1000; ++i) tested.step();
            tested.heal_and_check();
        } catch (const broken_promise& broken) {
            FAIL_CHECK(broken.what());
        }
        acknowledged += tested.count_acknowledged();
    }
    INFO(acknowledged << " messages");
    CHECK(acknowledged >= (last - first + 1) * 5);
}
