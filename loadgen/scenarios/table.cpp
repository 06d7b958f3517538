#include "loadgen/scenarios/scenario.hpp"

#include "loadgen/scenarios/loads.hpp"

#include <algorithm>
#include <array>

namespace wsd::loadgen {
namespace {

constexpr std::array scenario_table{
    scenario{.name = "connect", .summary = "opens all connections and holds them idle", .load = hold_connections},
    scenario{.name = "chat",
             .summary = "pairs of users exchange direct messages, every delivery is checked",
             .sends = true,
             .load = exchange_messages},
    scenario{.name = "resume",
             .summary = "like chat, while connections are cut all the time and resume",
             .sends = true,
             .cuts = true,
             .load = exchange_across_breaks},
};

} // namespace

const scenario* find_scenario(std::string_view name) {
    const auto* found = std::ranges::find(scenario_table, name, &scenario::name);
    return found == scenario_table.end() ? nullptr : found;
}

std::string scenario_names() {
    std::string names;
    for (const auto& row : scenario_table) names.append(names.empty() ? "" : ", ").append(row.name);
    return names;
}

std::string describe_scenarios() {
    std::string text;
    for (const auto& row : scenario_table) {
        text.append("  ").append(row.name).append(10 - row.name.size(), ' ').append(row.summary).push_back('\n');
    }
    return text;
}

} // namespace wsd::loadgen
