#include "loadgen/options.hpp"

#include "loadgen/option_table.hpp"
#include "loadgen/report/compare.hpp"
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

// What can only be said of the options together.
std::vector<std::string> find_conflicts(run_options& run) {
    std::vector<std::string> mistakes;
    if (find_scenario(run.scenario) == nullptr) {
        mistakes.push_back(unknown_scenario(run.scenario));
    }
    if (const auto url = parse_url(run.url_text)) {
        run.url = *url;
    } else {
        mistakes.push_back("URL '" + run.url_text + "': expected ws://host[:port][/path]");
    }
    if (const auto* what = find_scenario(run.scenario); what != nullptr && what->adjust != nullptr) what->adjust(run);
    if (run.users > run.connections) {
        mistakes.push_back("--users " + std::to_string(run.users) + ": expected at most the number of connections, " +
                           std::to_string(run.connections));
    }
    if (run.users == 0) run.users = run.connections;
    if (const auto* what = find_scenario(run.scenario); what != nullptr && what->restarts)
        if (run.server_command.empty() == (run.server_pid == 0))
            mistakes.emplace_back("restart: expected exactly one of --exec COMMAND and --pid N");
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

// By the row of the table.
struct parsed_values {
    std::array<std::string, options_max> text; // of an option that repeats: a line each
    std::array<bool, options_max> flag{};
};

CLI::App* add_run_command(CLI::App& app, run_options& run, parsed_values& values) {
    auto* command = app.add_subcommand("run", "put a server under load and check what it delivers");
    command->add_option("scenario", run.scenario, "one of " + scenario_names())->required();
    command->add_option("url", run.url_text, "the server (default ws://127.0.0.1:3001/ws)");
    const auto table = option_table();
    for (std::size_t i = 0; i < table.size(); ++i) {
        const auto& row = table[i];
        std::string help = row.help;
        if (row.allowed != nullptr) help.append(" (").append(row.allowed);
        if (row.initial != nullptr)
            help.append(row.allowed != nullptr ? "; " : " (").append("default ").append(row.initial);
        if (row.allowed != nullptr || row.initial != nullptr) help.push_back(')');
        if (row.value == nullptr) {
            command->add_flag(row.names, values.flag[i], help);
            continue;
        }
        auto* option = command->add_option(row.names, values.text[i], help)->type_name(row.value);
        option->expected(row.value_optional ? 0 : 1, 1);
        option->multi_option_policy(row.repeats ? CLI::MultiOptionPolicy::Join : CLI::MultiOptionPolicy::TakeLast);
    }
    return command;
}

CLI::App* add_compare_command(CLI::App& app, compare_plan& plan, std::vector<std::string>& limits) {
    auto* command = app.add_subcommand("compare", "compare runs before and after a change");
    command
        ->add_option(
            "files", plan.files,
            "reports of run --json, one or more runs in each, a line each: the first half are the base, the second "
            "half are new")
        ->required();
    command
        ->add_option("--max-regress", limits,
                     "how much worse the median of a metric may be, like deliver.p99=10%; may be repeated")
        ->type_name("METRIC=SHARE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    return command;
}

// Lines; empty: there are none.
std::string find_compare_mistakes(compare_plan& plan, const std::vector<std::string>& limits) {
    std::string mistakes;
    if (plan.files.size() % 2 != 0) mistakes += "wsload: compare: expected as many files of the base as new ones\n";
    for (const auto& text : limits) {
        if (auto limit = parse_regress_limit(text)) {
            plan.limits.push_back(*std::move(limit));
        } else {
            mistakes += "wsload: --max-regress '" + text + "': " + limit.error().text + '\n';
        }
    }
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
    std::vector<std::string> limits;
    CLI::App app{"wsload puts a WebSocket message server under load and proves that nothing was lost.", "wsload"};
    app.require_subcommand(1);
    const auto* list = app.add_subcommand("list", "list the scenarios");
    const auto* version = app.add_subcommand("version", "print the version");
    auto* report = app.add_subcommand("report", "show a report that run --json wrote, or write it in another form");
    report->add_option("file", parsed.report_file, "the report")->required();
    report->add_option("--html", parsed.run.html, "write it as a page with charts")->type_name("FILE");
    report->add_option("--junit", parsed.run.junit, "write it as JUnit XML")->type_name("FILE");
    report->add_option("--metrics", parsed.run.metrics, "write its metrics in Prometheus' text format")
        ->type_name("FILE");
    auto* compare = add_compare_command(app, parsed.compare, limits);
    auto* explain = app.add_subcommand("explain", "tell what a scenario does, or list the metrics of --slo");
    auto* manual = app.add_subcommand("manual", "print the manual page, for 'man -l -'");
    manual->add_flag("--markdown", parsed.markdown, "only the options of run, as a table");
    explain->add_option("topic", parsed.topic, "one of " + scenario_names() + ", metrics")->required();
    auto* run = add_run_command(app, parsed.run, values);
    app.footer(
        "Numbers may end in k or m, times in ms, s, m or h.\n"
        "Exit status: 0 ok, 2 usage, 3 cannot connect or authenticate, 10 a threshold does not hold, 11 delivery "
        "is not correct, 12 compare found a regression, 13 this program was the bottleneck, 130 interrupted.");
    run->footer(app.get_footer());
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::ostringstream out, err;
        parsed.exit = app.exit(error, out, err) == 0 ? 0 : 2;
        parsed.text = *parsed.exit == 0 ? out.str() : err.str();
        return parsed;
    }
    if (list->parsed()) {
        parsed.what = command::list;
    } else if (version->parsed()) {
        parsed.what = command::version;
    } else if (report->parsed()) {
        parsed.what = command::report;
    } else if (compare->parsed()) {
        parsed.what = command::compare;
        parsed.text = find_compare_mistakes(parsed.compare, limits);
        if (!parsed.text.empty()) parsed.exit = 2;
    } else if (manual->parsed()) {
        parsed.what = command::manual;
    } else if (explain->parsed()) {
        parsed.what = command::explain;
        if (parsed.topic != "metrics" && find_scenario(parsed.topic) == nullptr) {
            parsed.exit = 2;
            parsed.text = "wsload: " + unknown_scenario(parsed.topic) + ", and 'metrics'\n";
        }
    } else {
        parsed.run.command_line = join_command_line(argc, argv);
        auto mistakes = apply_values(*run, values, parsed.run);
        for (auto& conflict : find_conflicts(parsed.run)) mistakes.push_back(std::move(conflict));
        for (const auto& mistake : mistakes) parsed.text += "wsload: " + mistake + '\n';
        if (!mistakes.empty()) {
            parsed.exit = 2;
            parsed.text += "Run 'wsload run --help' for what is allowed.\n";
        }
    }
    return parsed;
}

} // namespace wsd::loadgen
