#pragma once

#include "loadgen/counters.hpp"
#include "loadgen/machine.hpp"
#include "loadgen/options.hpp"
#include "loadgen/state/check_list.hpp"
#include "loadgen/state/ledger.hpp"
#include "loadgen/state/series.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace wsd::loadgen {

enum class exit_code : int {
    ok = 0,
    usage = 2,
    unreachable = 3, // the server can't be connected to, or does not take the tokens
    objective = 10,  // a threshold of --slo does not hold
    incorrect = 11,
    regressed = 12, // compare
    saturated = 13, // this program was the bottleneck, so the figures say little about the server
    interrupted = 130,
};

// All that is known when a run is over.
struct run_report {
    run_options options;
    bool ramped = false;   // all connections came about
    bool prepared = false; // and what the scenario needs was set up
    bool judged = false;   // there was a ledger, and it was closed
    bool interrupted = false;
    double ramp_seconds = 0;
    double load_seconds = 0;
    double cpu_share = 0;   // of one core, by the busiest worker thread during the load
    double cpu_seconds = 0; // of all worker threads
    counters count;         // before the connections were closed
    tallies names;
    latencies times;
    fault_counts faults;
    std::uint64_t unverified = 0;   // connections that could not be resumed at the end
    check_list checks;              // of the scenario
    std::optional<double> capacity; // messages per second, of scenario capacity
    loadgen::series series;
    machine_limits machine;
    std::string unfit;          // why the scenario could not be carried out with these options
    std::string server_version; // protocolVersion, as the server tells it

    exit_code exit = exit_code::ok;
    std::string problem; // a sentence when exit is not ok
};

inline constexpr std::chrono::milliseconds saturated_lag{10}; // p99
inline constexpr double saturated_cpu = 0.9;

// Sets exit and problem from the rest.
void decide(run_report& report);

// For people: a paragraph.
[[nodiscard]] std::string format_summary(const run_report& report);
// For programs: one JSON object and a line end.
[[nodiscard]] std::string format_json(const run_report& report);

} // namespace wsd::loadgen
