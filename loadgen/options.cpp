#include "loadgen/options.hpp"

#include "loadgen/command_table.hpp"
#include "loadgen/option_table.hpp"
#include "loadgen/scenarios/scenario.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <sstream>
#include <vector>

namespace wsd::loadgen {
namespace {

constexpr std::size_t options_max = 64;

std::string unknown_scenario(const std::string& name) {
    return "unknown scenario '" + name + "'; did you mean " + nearest_scenario(name) + "? There are " +
           scenario_names();
}

// How many of `all` fall to this part.
std::uint32_t part_of(std::uint32_t all, const run_options& run) {
    return all / run.parts + (run.part < all % run.parts ? 1 : 0);
}

// Cuts the part of this process out of the whole run.
void take_part(run_options& run) {
    const double share = 1.0 / run.parts;
    run.connections = part_of(run.connections, run);
    run.users = part_of(run.users, run);
    run.load = run.load.scaled(share);
    run.cuts_per_second *= share;
    run.seed = run.seed * run.parts + run.part;
    run.user_prefix += "p" + std::to_string(run.part) + "-";
    run.procs = 1;
    run.html.reset();
    run.junit.reset();
    run.metrics.reset();
}

// Why a run can't be done by several processes; empty: it can.
std::string find_procs_conflict(const run_options& run) {
    const auto* what = find_scenario(run.scenario);
    if (what == nullptr) return "";
    if (what->alone || what->restarts || what->searches) return "scenario " + run.scenario + " is done by one";
    if (!run.tokens_file.empty()) return "expected --secret, since each process has users of its own";
    if (!run.server_command.empty()) return "leave out --exec, and start the server before";
    if (run.users < 2 * run.procs) return "expected at least two users for each process";
    return "";
}

// The servers of a run by several processes: the processes take them in turn.
std::vector<std::string> split_urls(const std::string& text) {
    std::vector<std::string> all;
    std::istringstream parts(text);
    for (std::string one; std::getline(parts, one, ',');) all.push_back(one);
    return all;
}

std::string find_url_mistake(run_options& run) {
    const auto all = split_urls(run.url_text);
    for (const auto& one : all)
        if (!parse_url(one)) return "URL '" + one + "': expected ws://host[:port][/path]";
    if (all.empty()) return "URL '': expected ws://host[:port][/path]";
    if (all.size() > 1 && run.parts == 0 && run.procs < all.size())
        return "URL: " + std::to_string(all.size()) + " servers need --procs " + std::to_string(all.size()) +
               " or more";
    if (run.parts != 0) run.url_text = all[run.part % all.size()];
    run.url = *parse_url(run.parts != 0 ? run.url_text : all.front());
    return "";
}

// What can only be said of the options together.
std::vector<std::string> find_conflicts(run_options& run) {
    std::vector<std::string> mistakes;
    if (find_scenario(run.scenario) == nullptr) {
        mistakes.push_back(unknown_scenario(run.scenario));
    }
    if (auto mistake = find_url_mistake(run); !mistake.empty()) mistakes.push_back(std::move(mistake));
    if (const auto* what = find_scenario(run.scenario); what != nullptr && what->adjust != nullptr) what->adjust(run);
    if (run.users > run.connections) {
        mistakes.push_back("--users " + std::to_string(run.users) + ": expected at most the number of connections, " +
                           std::to_string(run.connections));
    }
    if (run.connections_per_user != 0 && run.users == 0)
        run.users = (run.connections + run.connections_per_user - 1) / run.connections_per_user;
    if (run.users == 0) run.users = run.connections;
    if (const auto* what = find_scenario(run.scenario); what != nullptr && what->restarts)
        if (run.server_command.empty() == (run.server_pid == 0))
            mistakes.emplace_back("restart: expected exactly one of --exec COMMAND and --pid N");
    if (const auto* what = find_scenario(run.scenario); what != nullptr && what->watches)
        if (run.server_command.empty() && run.server_pid == 0)
            mistakes.push_back(run.scenario +
                               ": expected --pid N or --exec COMMAND, to see what the server's process does");
    if (run.scenario == "slow-consumer" && run.stall.count() != 0 && run.stall >= run.duration)
        mistakes.emplace_back("--stall: expected less than -d, so that the server can notice that nobody reads");
    if (run.speaks == adapter::raw_echo) {
        const auto* what = find_scenario(run.scenario);
        if (what != nullptr && what->sends && what->what != traffic::ping)
            mistakes.emplace_back("--adapter raw-echo: expected one of the scenarios echo, connect, churn");
        // Whoever only echoes does not look at tokens.
        if (run.secret.empty() && run.tokens_file.empty()) run.secret = "unused";
    }
    if (run.secret.empty() == run.tokens_file.empty())
        mistakes.emplace_back("tokens: expected exactly one of --secret VALUE|@FILE and --tokens FILE");
    if (run.json && run.json->starts_with("ws://"))
        mistakes.emplace_back("--json took the URL for its file name: put --json last or write --json=FILE");
    if (run.procs > 1)
        if (const auto why = find_procs_conflict(run); !why.empty())
            mistakes.push_back("--procs " + std::to_string(run.procs) + ": " + why);
    if (run.parts != 0 && mistakes.empty()) take_part(run);
    return mistakes;
}

// By the rows of the tables.
struct parsed_values {
    std::array<std::string, options_max> text; // of an option that repeats: a line each
    std::array<bool, options_max> flag{};
    std::array<CLI::Option*, options_max> argument{}; // the parser's
    std::array<bool, options_max> argument_flag{};
};

void add_run_options(CLI::App& command, parsed_values& values) {
    const auto table = option_table();
    for (std::size_t i = 0; i < table.size(); ++i) {
        const auto& row = table[i];
        std::string help = row.help;
        if (row.allowed != nullptr) help.append(" (").append(row.allowed);
        if (row.initial != nullptr)
            help.append(row.allowed != nullptr ? "; " : " (").append("default ").append(row.initial);
        if (row.allowed != nullptr || row.initial != nullptr) help.push_back(')');
        if (row.value == nullptr) {
            command.add_flag(row.names, values.flag[i], help);
            continue;
        }
        auto* option = command.add_option(row.names, values.text[i], help)->type_name(row.value);
        option->expected(row.value_optional ? 0 : 1, 1);
        option->multi_option_policy(row.repeats ? CLI::MultiOptionPolicy::Join : CLI::MultiOptionPolicy::TakeLast);
    }
}

// The commands with their arguments.
void add_commands(CLI::App& app, parsed_values& values) {
    for (const auto& row : command_table()) {
        auto* command = app.add_subcommand(row.name, row.help);
        const auto table = argument_table();
        for (std::size_t i = 0; i < table.size(); ++i) {
            const auto& one = table[i];
            if (one.of != row.what) continue;
            if (one.value == nullptr) {
                command->add_flag(one.names, values.argument_flag[i], one.help);
                continue;
            }
            auto* option = command->add_option(one.names)->description(one.help)->type_name(one.value);
            values.argument[i] = option;
            option->required(one.required);
            const bool positional = one.names[0] != '-';
            if (one.repeats) option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
            if (positional && one.repeats) {
                option->expected(-1); // one or more
                continue;
            }
            option->expected(1);
            // The next word belongs to who comes after it.
            option->allow_extra_args(false);
            if (!positional && !one.repeats) option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
        }
        if (row.what == command::run) add_run_options(*command, values);
    }
}

// Of the command that was given. What is wrong with them: lines, or nothing.
std::string apply_arguments(const parsed_values& values, parsed_command& to) {
    std::string mistakes;
    const auto table = argument_table();
    for (std::size_t i = 0; i < table.size(); ++i) {
        const auto& row = table[i];
        if (row.of != to.what) continue;
        if (row.value == nullptr) {
            row.apply(to, values.argument_flag[i] ? "true" : "false");
            continue;
        }
        for (const auto& value : values.argument[i]->reduced_results())
            if (const auto wrong = row.apply(to, value); !wrong.empty())
                mistakes += std::string("wsload: ") + row.names + " '" + value + "': " + wrong + '\n';
    }
    if (to.compare.files.size() % 2 != 0)
        mistakes += "wsload: compare: expected as many files of the base as new ones\n";
    if (to.what == command::explain && to.topic != "metrics" && find_scenario(to.topic) == nullptr)
        mistakes += "wsload: " + unknown_scenario(to.topic) + ", and 'metrics'\n";
    return mistakes;
}

bool given(const CLI::App& command, const std::string& name) { return !command.get_option(name)->empty(); }

std::vector<std::string> apply_values(const CLI::App& command, const parsed_values& values, run_options& run) {
    std::vector<std::string> mistakes;
    const auto table = option_table();
    for (std::size_t i = 0; i < table.size(); ++i) {
        const auto& row = table[i];
        const auto name = long_name(row);
        if (!given(command, name)) continue;
        if (row.value == nullptr) {
            row.apply(run, values.flag[i] ? "true" : "false");
            continue;
        }
        const auto take = [&](const std::string& value) {
            if (row.apply(run, value)) return;
            // A secret is not repeated on a terminal.
            const std::string shown = name == "--secret" ? "" : " '" + value + '\'';
            const std::string why = row.why != nullptr ? row.why(value) : std::string("expected ") + row.allowed;
            mistakes.push_back(name + shown + ": " + why);
        };
        if (!row.repeats) {
            take(values.text[i]);
            continue;
        }
        std::istringstream lines(values.text[i]);
        for (std::string line; std::getline(lines, line);) take(line);
    }
    if (given(command, "--stage") && (given(command, "--rate") || given(command, "--duration")))
        mistakes.emplace_back("--stage: says length and rate of the load itself; leave out --rate and --duration");
    if (given(command, "--users") && given(command, "--conns-per-user"))
        mistakes.emplace_back("--users and --conns-per-user: expected one of them");
    return mistakes;
}

// As it was typed, so that a report tells how to make another one; but for the secret.
std::string join_command_line(int argc, const char* const* argv) {
    std::string text;
    bool hide = false;
    for (int i = 0; i < argc; ++i) {
        std::string word = argv[i];
        if (hide && !word.starts_with('@')) word = "***";
        if (word.starts_with("--secret=") && !word.starts_with("--secret=@")) word = "--secret=***";
        hide = word == "--secret";
        const bool plain = word.find_first_of(" '\"<>|&;$") == std::string::npos && !word.empty();
        text.append(text.empty() ? "" : " ").append(plain ? word : '\'' + word + '\'');
    }
    return text;
}

} // namespace

parsed_command parse_command_line(int argc, const char* const* argv) {
    parsed_command parsed;
    parsed_values values;
    CLI::App app{"wsload puts a WebSocket message server under load and proves that nothing was lost.", "wsload"};
    app.require_subcommand(1);
    add_commands(app, values);
    app.footer("Numbers may end in k or m, times in ms, s, m or h.\nExit status: " + exit_statuses() + '.');
    app.get_subcommand("run")->footer(app.get_footer());
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::ostringstream out, err;
        parsed.exit = app.exit(error, out, err) == 0 ? 0 : 2;
        parsed.text = *parsed.exit == 0 ? out.str() : err.str();
        return parsed;
    }
    const auto* given_command = app.get_subcommands().front();
    for (const auto& row : command_table())
        if (given_command->get_name() == row.name) parsed.what = row.what;
    parsed.text = apply_arguments(values, parsed);
    if (parsed.what == command::run) {
        parsed.run.command_line = join_command_line(argc, argv);
        auto mistakes = apply_values(*given_command, values, parsed.run);
        for (auto& conflict : find_conflicts(parsed.run)) mistakes.push_back(std::move(conflict));
        for (const auto& mistake : mistakes) parsed.text += "wsload: " + mistake + '\n';
        if (!mistakes.empty()) parsed.text += "Run 'wsload run --help' for what is allowed.\n";
    }
    if (!parsed.text.empty()) parsed.exit = 2;
    return parsed;
}

} // namespace wsd::loadgen
