#include "loadgen/scenarios/loads.hpp"
#include "loadgen/worker.hpp"

namespace wsd::loadgen {

task<> hold_connections(worker& on) { co_await on.until_load_over(); }

} // namespace wsd::loadgen
