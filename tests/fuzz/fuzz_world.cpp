#include "common/base/ensure.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/simulation/world.hpp"

namespace wsd::fuzz {

// Each octet is a decision of the simulation: which of three shards, the store, the reader, the network or the disk
// takes its step, and what the clients do. Afterwards all is healed, and nobody may have missed, seen twice or seen in
// another order what was acknowledged.
int fuzz_world(octets input) {
    try {
        simulation::world tested{simulation::choices(input)};
        while (tested.has_octets()) tested.step();
        tested.heal_and_check();
    } catch (const simulation::broken_promise& broken) {
        ensure(false, broken.what());
    }
    return 0;
}

} // namespace wsd::fuzz
