#pragma once

#include "server/observe/metric_text.hpp"

namespace wsd {

// Resident memory, CPU time, open and allowed file descriptors of this process, under the names that every Prometheus
// client uses. A value that the system does not tell is left out.
void write_process_metrics(metric_writer& writer);

} // namespace wsd
