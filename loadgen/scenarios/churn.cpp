#include "loadgen/scenarios/loads.hpp"
#include "loadgen/worker.hpp"

#include <algorithm>

namespace wsd::loadgen {

task<> come_and_go(worker& on) {
    const auto& options = on.plan().options;
    const double usual = std::clamp(static_cast<double>(options.connections) / 20, 1.0, 500.0);
    co_await on.cut_connections(options.cuts_per_second > 0 ? options.cuts_per_second : usual, worker::cuts::orderly);
}

} // namespace wsd::loadgen
