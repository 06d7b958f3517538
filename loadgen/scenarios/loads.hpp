#pragma once

#include "common/base/task.hpp"

namespace wsd::loadgen {

class worker;

// What a worker does under each scenario; see the table.
task<> hold_connections(worker& on);
task<> exchange_messages(worker& on);
task<> exchange_across_breaks(worker& on);

} // namespace wsd::loadgen
