#include "loadgen/report/metrics.hpp"
#include "loadgen/scenarios/loads.hpp"
#include "loadgen/worker.hpp"

#include <initializer_list>
#include <string>

namespace wsd::loadgen {

// What is to hold unless the command line says something else of the same metric.
void expect_no_growth(run_options& options) {
    for (const char* text : {"server.rss.growth<10%", "server.fds.growth<10%", "deliver.p99.growth<100%"}) {
        auto usual = *parse_gate(text);
        bool said = false;
        options.gates.for_each([&](const gate& one) { said = said || one.metric == usual.metric; });
        if (!said) options.gates.add(std::move(usual));
    }
}

task<> exchange_for_long(worker& on) {
    on.spawn(come_and_go(on));
    co_await exchange_messages(on);
}

} // namespace wsd::loadgen
