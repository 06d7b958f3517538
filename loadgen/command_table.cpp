#include "loadgen/command_table.hpp"

#include "loadgen/markup.hpp"
#include "loadgen/report/compare.hpp"

#include <array>

namespace wsd::loadgen {
namespace {

constexpr std::array commands{
    command_row{"run", command::run, "SCENARIO [URL] [OPTION]...",
                "put a server under load and check what it delivers"},
    command_row{"list", command::list, "", "list the scenarios"},
    command_row{"explain", command::explain, "TOPIC", "tell what a scenario does, or list the metrics of --slo"},
    command_row{"report", command::report, "FILE [OPTION]...",
                "show a report that run --json wrote, or write it in another form"},
    command_row{"compare", command::compare, "BASE... NEW... [OPTION]...",
                "compare runs before and after a change, at least three of each"},
    command_row{"manual", command::manual, "[--markdown]", "print the manual page, for 'man -l -'"},
    command_row{"version", command::version, "", "print the version"},
};

constexpr std::array arguments{
    argument_row{command::run, "scenario", "SCENARIO", "what to do: one of those that 'wsload list' names", true,
                 [](parsed_command& to, const std::string& v) {
                     to.run.scenario = v;
                     return std::string();
                 }},
    argument_row{command::run, "url", "URL",
                 "the server, default ws://127.0.0.1:3001/ws; with --procs also several, separated by commas, which "
                 "the processes take "
                 "in turn",
                 false,
                 [](parsed_command& to, const std::string& v) {
                     to.run.url_text = v;
                     return std::string();
                 }},
    argument_row{command::explain, "topic", "TOPIC", "a scenario, or metrics", true,
                 [](parsed_command& to, const std::string& v) {
                     to.topic = v;
                     return std::string();
                 }},
    argument_row{command::report, "file", "FILE", "the report", true,
                 [](parsed_command& to, const std::string& v) {
                     to.report_file = v;
                     return std::string();
                 }},
    argument_row{command::report, "--html", "FILE", "write it as a page with charts", false,
                 [](parsed_command& to, const std::string& v) {
                     to.run.html = v;
                     return std::string();
                 }},
    argument_row{command::report, "--junit", "FILE", "write it as JUnit XML", false,
                 [](parsed_command& to, const std::string& v) {
                     to.run.junit = v;
                     return std::string();
                 }},
    argument_row{command::report, "--metrics", "FILE", "write its metrics in Prometheus' text format", false,
                 [](parsed_command& to, const std::string& v) {
                     to.run.metrics = v;
                     return std::string();
                 }},
    argument_row{
        command::compare, "files", "FILE",
        "reports of run --json, one or more runs in each, a line each: the first half are the base, the second half "
        "are new",
        true,
        [](parsed_command& to, const std::string& v) {
            to.compare.files.push_back(v);
            return std::string();
        },
        true},
    argument_row{command::compare, "--max-regress", "METRIC=SHARE",
                 "how much worse the median of a metric may be, like deliver.p99=10%; may be repeated", false,
                 [](parsed_command& to, const std::string& v) {
                     auto limit = parse_regress_limit(v);
                     if (!limit) return limit.error().text;
                     to.compare.limits.push_back(*std::move(limit));
                     return std::string();
                 },
                 true},
    argument_row{command::manual, "--markdown", nullptr, "instead of it the tables of docs/LOADTEST.md", false,
                 [](parsed_command& to, const std::string& v) {
                     to.markdown = v == "true";
                     return std::string();
                 }},
};

constexpr std::array exits{
    exit_row{0, "ok"},
    exit_row{2, "usage"},
    exit_row{3, "cannot connect or authenticate"},
    exit_row{10, "a threshold does not hold"},
    exit_row{11, "delivery is not correct"},
    exit_row{12, "compare found a regression"},
    exit_row{13, "wsload was the bottleneck"},
    exit_row{130, "interrupted, with the report written"},
};

bool is_option(const argument_row& row) { return row.names[0] == '-'; }

} // namespace

std::span<const command_row> command_table() { return commands; }
std::span<const argument_row> argument_table() { return arguments; }
std::span<const exit_row> exit_table() { return exits; }

std::string exit_statuses() {
    std::string text;
    for (const auto& row : exits) text += (text.empty() ? "" : ", ") + std::to_string(row.status) + ' ' + row.meaning;
    return text;
}

std::string commands_as_markdown() {
    std::string text = "| command | meaning |\n|---|---|\n";
    for (const auto& row : commands) {
        const std::string usage = *row.usage == '\0' ? "" : std::string(" ") + row.usage;
        text += std::string("| `wsload ") + row.name + usage + "` | " + row.help + " |\n";
        for (const auto& one : arguments)
            if (one.of == row.what)
                text += std::string("| ") + (is_option(one) ? std::string("`") + one.names + "`" : "") +
                        (one.value == nullptr ? "" : std::string(is_option(one) ? " *" : "*") + one.value + "*") +
                        " | " + one.help + " |\n";
    }
    return text;
}

std::string exits_as_markdown() {
    std::string text = "| status | meaning |\n|---|---|\n";
    for (const auto& row : exits) text += "| " + std::to_string(row.status) + " | " + row.meaning + " |\n";
    return text;
}

std::string synopsis_as_manual() {
    std::string text;
    for (const auto& row : commands)
        text += (text.empty() ? "" : ".br\n") + (std::string(".B wsload ") + row.name + "\n") +
                (*row.usage == '\0' ? "" : escape_each(row.usage, "-", "\\") + "\n");
    return text;
}

std::string commands_as_manual() {
    std::string text;
    for (const auto& row : commands) {
        text += std::string(".SS ") + row.name + "\n" + escape_each(row.help, "-", "\\") + ".\n";
        for (const auto& one : arguments) {
            if (one.of != row.what) continue;
            text += ".TP\n";
            if (is_option(one)) text += "\\fB" + escape_each(one.names, "-", "\\") + "\\fR";
            if (one.value != nullptr) text += std::string(is_option(one) ? " " : "") + "\\fI" + one.value + "\\fR";
            text += "\n" + escape_each(one.help, "-", "\\") + ".\n";
        }
    }
    return text;
}

std::string exits_as_manual() {
    std::string text;
    for (const auto& row : exits) text += ".TP\n" + std::to_string(row.status) + "\n" + row.meaning + ".\n";
    return text;
}

} // namespace wsd::loadgen
