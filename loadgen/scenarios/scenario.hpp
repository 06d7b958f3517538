#pragma once

#include "common/base/task.hpp"

#include <string>
#include <string_view>

namespace wsd::loadgen {

class worker;

// What the connections do between the ramp and the end. One file each, and a row in table.cpp.
struct scenario {
    std::string_view name;
    std::string_view summary;
    std::string_view details; // paragraphs for `explain`
    std::string_view options; // those that matter to this scenario
    bool sends = false;       // messages flow, so that there is a ledger to judge
    bool cuts = false;        // connections are broken on purpose
    // Runs on every worker once all connections are up; ends soon after worker::load_over().
    task<> (*load)(worker& on) = nullptr;
};

// Null: there is none of that name.
[[nodiscard]] const scenario* find_scenario(std::string_view name);
[[nodiscard]] std::string nearest_scenario(std::string_view name);
[[nodiscard]] std::string scenario_names();                        // "connect, chat, resume"
[[nodiscard]] std::string describe_scenarios();                    // a line each
[[nodiscard]] std::string explain_scenario(const scenario& which); // some paragraphs

} // namespace wsd::loadgen
