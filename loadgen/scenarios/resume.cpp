#include "loadgen/scenarios/loads.hpp"
#include "loadgen/worker.hpp"

#include <algorithm>

namespace wsd::loadgen {

task<> exchange_across_breaks(worker& on) {
    const auto& options = on.plan().options;
    const double usual = std::clamp(static_cast<double>(options.connections) / 20, 1.0, 500.0);
    on.spawn(
        on.cut_connections(options.cuts_per_second > 0 ? options.cuts_per_second : usual, worker::cuts::of_all_kinds));
    co_await exchange_messages(on);
}

} // namespace wsd::loadgen
