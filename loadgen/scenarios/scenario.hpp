#pragma once

#include "common/base/task.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace wsd::loadgen {

class worker;
struct run_options;

// What is sent when a message is due.
enum class traffic : std::uint8_t { direct, room, ping, raw };

// What the connections do between the ramp and the end. One file each, and a row in table.cpp.
struct scenario {
    std::string_view name;
    std::string_view summary;
    std::string_view details; // paragraphs for `explain`
    std::string_view options; // those that matter to this scenario
    bool sends = false;       // messages flow, so that there is a ledger to judge
    bool ledger = true;       // of those that send: what is delivered is judged
    traffic what = traffic::direct;
    bool refusals = false;    // not all connections come about
    bool alone = false;       // one worker, whatever --threads says
    bool restarts = false;    // the conductor stops the server and has it come back
    bool watches = false;     // the server's process has to be known
    bool searches = false;    // made again and again at different rates
    std::uint32_t probes = 0; // users beyond --users, for connections of the scenario's own
    // Fits the options to the scenario, before anything else looks at them.
    void (*adjust)(run_options& options) = nullptr;
    // Runs on every worker once all connections are up; done when counters::preparing is 0.
    task<> (*prepare)(worker& on) = nullptr;
    // Runs on every worker after that; ends soon after worker::load_over(), or says worker::finish() before.
    task<> (*load)(worker& on) = nullptr;
};

// Null: there is none of that name.
[[nodiscard]] const scenario* find_scenario(std::string_view name);
[[nodiscard]] std::string nearest_scenario(std::string_view name);
[[nodiscard]] std::string scenario_names();                        // "connect, chat, resume"
[[nodiscard]] std::string describe_scenarios();                    // a line each
[[nodiscard]] std::string explain_scenario(const scenario& which); // some paragraphs

} // namespace wsd::loadgen
