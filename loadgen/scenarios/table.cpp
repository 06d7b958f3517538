#include "loadgen/scenarios/scenario.hpp"

#include "common/base/nearest.hpp"
#include "loadgen/scenarios/loads.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace wsd::loadgen {
namespace {

constexpr std::string_view load_options = "--rate, -d or --stage; --schedule; --size; --closed with --window; --slo";

constexpr std::array scenario_table{
    scenario{.name = "connect",
             .summary = "opens all connections and holds them idle",
             .details =
                 "Every connection is upgraded and says HELLO; then nothing is sent for -d. Shows how fast a server\n"
                 "takes connections (rate.upgrades, connect, ready) and what idle ones cost it (--pid).\n",
             .options = "-c, --users, --ramp, -d, --pid",
             .load = hold_connections},
    scenario{.name = "chat",
             .summary = "pairs of users exchange direct messages, every delivery is checked",
             .details = "Users are paired by the seed. Messages are due at --rate over all connections in turn; every\n"
                        "connection of both users is to be shown each message once, in order and intact. Recipients\n"
                        "confirm what they got.\n",
             .options = load_options,
             .sends = true,
             .load = exchange_messages},
    scenario{.name = "resume",
             .summary = "like chat, while connections are cut all the time and resume",
             .details =
                 "Connections are cut at --cuts a second, a quarter each by a reset, by the end of TCP, in the middle\n"
                 "of a frame, and by a close frame. They come back with HELLO.resume, ask what became of their\n"
                 "unanswered messages, send again what the server does not have, and must have missed nothing.\n",
             .options = load_options,
             .sends = true,
             .cuts = true,
             .load = exchange_across_breaks},
};

constexpr std::size_t name_width = 14;

} // namespace

const scenario* find_scenario(std::string_view name) {
    const auto* found = std::ranges::find(scenario_table, name, &scenario::name);
    return found == scenario_table.end() ? nullptr : found;
}

std::string nearest_scenario(std::string_view name) {
    std::vector<std::string> names;
    for (const auto& row : scenario_table) names.emplace_back(row.name);
    return nearest_name(name, names);
}

std::string scenario_names() {
    std::string names;
    for (const auto& row : scenario_table) names.append(names.empty() ? "" : ", ").append(row.name);
    return names;
}

std::string describe_scenarios() {
    std::string text;
    for (const auto& row : scenario_table)
        text.append("  ")
            .append(row.name)
            .append(name_width - row.name.size(), ' ')
            .append(row.summary)
            .push_back('\n');
    return text + "\n'wsload explain SCENARIO' tells more.\n";
}

std::string explain_scenario(const scenario& which) {
    return std::string(which.name)
        .append(": ")
        .append(which.summary)
        .append("\n\n")
        .append(which.details)
        .append("\nOptions that matter: ")
        .append(which.options)
        .append("\n");
}

} // namespace wsd::loadgen
