#include "loadgen/scenarios/loads.hpp"
#include "loadgen/worker.hpp"

namespace wsd::loadgen {

task<> exchange_messages(worker& on) {
    if (on.plan().options.closed) {
        on.fill_windows();
        co_await on.until_load_over();
    } else {
        co_await on.send_on_schedule();
    }
}

} // namespace wsd::loadgen
