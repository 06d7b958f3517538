#include "common/base/clock.hpp"
#include "loadgen/capacity.hpp"
#include "loadgen/conductor.hpp"
#include "loadgen/manual.hpp"
#include "loadgen/preflight.hpp"
#include "loadgen/processes.hpp"
#include "loadgen/report/compare.hpp"
#include "loadgen/report/formats.hpp"
#include "loadgen/report/merge.hpp"
#include "loadgen/report/metrics.hpp"
#include "loadgen/report/status_line.hpp"
#include "loadgen/state/status_sum.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

namespace wsd::loadgen {
namespace {

constexpr std::chrono::milliseconds terminal_interval{200};
constexpr std::chrono::milliseconds log_interval{5000};

int fail(exit_code code, const std::string& problem) {
    std::cerr << "wsload: " << problem << '\n';
    return static_cast<int>(code);
}

setup_result<credentials> load_credentials(const run_options& options, const clock& time) {
    // Those of the scenario's own connections come behind the others.
    const std::uint32_t users = options.users + find_scenario(options.scenario)->probes;
    if (!options.secret.empty()) {
        const auto run = options.duration + options.ramp + options.drain;
        const auto lifetime = std::chrono::duration_cast<std::chrono::seconds>(run) + std::chrono::hours(24);
        auto minted = credentials::mint({.secret = options.secret,
                                         .prefix = options.user_prefix,
                                         .users = users,
                                         .lifetime = lifetime,
                                         .now = time.wall_ms()});
        if (!minted) return setup_error{"--secret " + minted.error().text};
        return minted;
    }
    std::ifstream file(options.tokens_file, std::ios::binary);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) return setup_error{"--tokens " + options.tokens_file + " can't be read"};
    auto read = credentials::read(text.str(), users);
    if (!read) return setup_error{"--tokens " + options.tokens_file + ' ' + read.error().text};
    return read;
}

bool is_set(const char* variable) {
    const char* const value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

// Whether a status can be drawn in place.
bool on_terminal() {
    const char* const kind = std::getenv("TERM");
    return isatty(STDERR_FILENO) != 0 && (kind == nullptr || std::string_view(kind) != "dumb");
}

screen read_screen() {
    // https://no-color.org: set to anything but the empty string.
    screen found{.colour = !is_set("NO_COLOR")};
    winsize size{};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0 && size.ws_row != 0) {
        found.columns = size.ws_col;
        found.rows = size.ws_row;
    }
    return found;
}

// To the process that started this one, which has the same terminal. When that is gone SIGPIPE ends this one, too.
void tell_status(int to, const run_status& status) {
    const auto line = write_status_line(status) + '\n';
    if (::write(to, line.data(), line.size()) < 0) return;
}

// display: outlives the plan.
conductor::status_plan plan_status(const run_options& options, status_display& display) {
    if (options.quiet) return {};
    if (options.status_to != 0)
        return {.show = [to = static_cast<int>(options.status_to)](const run_status& now) { tell_status(to, now); },
                .every = on_terminal() ? terminal_interval : log_interval};
    if (!on_terminal())
        return {.show = [](const run_status& now) { std::cerr << format_status(now) << '\n'
                                                              << std::flush; },
                .every = log_interval};
    return {
        .show = [&display](const run_status& now) { std::cerr << display.redraw(now, read_screen()) << std::flush; },
        .every = terminal_interval};
}

bool write_file(const std::string& name, const std::string& content) {
    if (name == "-") return static_cast<bool>(std::cout << content << std::flush);
    std::ofstream file(name, std::ios::binary);
    return static_cast<bool>(file << content << std::flush);
}

// The forms that were asked for. nullopt: all are written.
std::optional<std::string> write_forms(const run_options& options, const std::string& json) {
    const auto document = boost::json::parse(json).as_object();
    const auto write = [](const char* option, const std::optional<std::string>& name,
                          const std::string& content) -> std::optional<std::string> {
        if (!name || write_file(*name, content)) return std::nullopt;
        return std::string(option) + " " + *name + " can't be written";
    };
    if (auto problem = write("--json", options.json, json)) return problem;
    if (auto problem = write("--html", options.html, report_as_html(document))) return problem;
    if (auto problem = write("--junit", options.junit, report_as_junit(document))) return problem;
    return write("--metrics", options.metrics, report_as_metrics(document));
}

constexpr std::chrono::seconds server_start_longest{20};

// Null: nothing is known of the server's process.
std::unique_ptr<server_process> find_server_process(const run_options& options) {
    if (!options.server_command.empty()) return std::make_unique<server_process>(options.server_command);
    if (options.server_pid != 0) return std::make_unique<server_process>(options.server_pid);
    return nullptr;
}

// nullopt: the command was started, and the server accepts connections.
std::optional<std::string> start_server(server_process& process, const boost::asio::ip::tcp::endpoint& at) {
    if (!process.may_start()) return std::nullopt;
    if (comes_up(at, std::chrono::milliseconds(1))) return "--exec: something listens at the URL already";
    if (auto failure = process.start()) return "--exec: " + *failure;
    if (!comes_up(at, server_start_longest)) return "--exec: nothing listens at the URL after 20 s";
    return std::nullopt;
}

// The same run with other options, which outlive the plan.
run_plan plan_with(const run_options& options, const run_plan& plan) {
    return {.options = options,
            .who = plan.who,
            .users = plan.users,
            .time = plan.time,
            .server = plan.server,
            .machine = plan.machine,
            .process = plan.process};
}

run_report carry_out(const run_options& options, run_plan plan) {
    const auto& what = *find_scenario(options.scenario);
    const auto now = plan.time.now().time_since_epoch().count();
    // Different for each run, so that none takes another's messages for its own.
    plan.run = static_cast<std::uint32_t>(random_source(static_cast<std::uint64_t>(now)).next());
    // A chat is one worker's.
    plan.workers = what.alone ? 1 : std::min(options.threads, std::max(1u, plan.who.chats()));
    plan.sends = options.speaks == adapter::raw_echo ? traffic::raw : what.what;
    status_display display;
    auto report = conductor(plan, plan_status(options, display)).run();
    std::cerr << display.erase() << std::flush;
    decide(report);
    return report;
}

int show_result(const run_report& report) {
    const auto& options = report.options;
    // Of a part nothing is shown, but what the whole is made of.
    if (options.parts == 0) (options.json == "-" ? std::cerr : std::cout) << format_summary(report) << std::flush;
    if (const auto problem = write_forms(options, format_json(report))) return fail(exit_code::usage, *problem);
    return static_cast<int>(report.exit);
}

int run(run_options& options) {
    const auto machine = read_machine_limits();
    if (const auto shortage = find_shortage(options, machine)) return fail(exit_code::unreachable, *shortage);
    const auto server = resolve_server(options);
    if (!server.problem.empty()) return fail(exit_code::unreachable, server.problem);
    const system_clock time;
    auto users = load_credentials(options, time);
    if (!users) return fail(exit_code::usage, users.error().text);
    const auto process = find_server_process(options);
    if (process)
        if (const auto problem = start_server(*process, server.server)) return fail(exit_code::unreachable, *problem);
    const bool rooms = find_scenario(options.scenario)->what == traffic::room;
    const population who({.connections = options.connections,
                          .users = options.users,
                          .seed = options.seed,
                          .chat_size = rooms ? options.room_size : 2});
    const run_plan plan{.options = options,
                        .who = who,
                        .users = *users,
                        .time = time,
                        .server = server.server,
                        .machine = machine,
                        .process = process.get()};
    const auto carry = [&plan](const run_options& changed) { return carry_out(changed, plan_with(changed, plan)); };
    const auto report =
        find_scenario(options.scenario)->searches ? search_capacity(options, carry) : carry_out(options, plan);
    return show_result(report);
}

// The same by several processes, of which each has a part.
int run_divided(const run_options& options, int argc, const char* const* argv) {
    status_display display;
    const auto plan = plan_status(options, display);
    const system_clock time;
    status_sum sum(options.procs);
    const auto listen = [&](std::uint32_t part, std::optional<std::string_view> line) {
        if (!line) return sum.end(part);
        if (const auto told = read_status_line(*line)) sum.tell(part, *told);
        if (!plan.show || !sum.complete()) return;
        auto whole = sum.whole(time.now());
        whole.scenario = options.scenario;
        plan.show(whole);
    };
    const auto runs = read_runs(run_parts(options.procs, argc, argv, listen));
    std::cerr << display.erase() << std::flush;
    if (!runs || runs->size() != options.procs)
        return fail(exit_code::unreachable, "not every process of the run came to a report");
    run_report report;
    report.options = options;
    report.machine = read_machine_limits();
    merge_parts(report, *runs);
    decide(report);
    return show_result(report);
}

setup_result<boost::json::array> load_runs(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) return setup_error{name + " can't be read"};
    auto runs = read_runs(text.str());
    if (!runs) return setup_error{name + " " + runs.error().text};
    return runs;
}

int show_report(const parsed_command& parsed) {
    const auto runs = load_runs(parsed.report_file);
    if (!runs) return fail(exit_code::usage, runs.error().text);
    if (runs->size() != 1) return fail(exit_code::usage, parsed.report_file + ": expected one run");
    const auto& report = runs->front().as_object();
    if (!parsed.run.html && !parsed.run.junit && !parsed.run.metrics) std::cout << report_as_text(report) << std::flush;
    const auto problem = write_forms(parsed.run, boost::json::serialize(report));
    return problem ? fail(exit_code::usage, *problem) : 0;
}

int compare(const compare_plan& plan) {
    boost::json::array base, next;
    for (std::size_t i = 0; i < plan.files.size(); ++i) {
        const auto runs = load_runs(plan.files[i]);
        if (!runs) return fail(exit_code::usage, runs.error().text);
        auto& side = i < plan.files.size() / 2 ? base : next;
        side.insert(side.end(), runs->begin(), runs->end());
    }
    const auto outcome = compare_runs(base, next, plan);
    if (!outcome) return fail(exit_code::usage, outcome.error().text);
    std::cout << outcome->text << std::flush;
    return static_cast<int>(outcome->worse ? exit_code::regressed : exit_code::ok);
}

} // namespace
} // namespace wsd::loadgen

int main(int argc, char** argv) {
    using namespace wsd::loadgen;
    std::ios::sync_with_stdio(false);
    auto parsed = parse_command_line(argc, argv);
    if (parsed.exit) {
        (*parsed.exit == 0 ? std::cout : std::cerr) << parsed.text << std::flush;
        return *parsed.exit;
    }
    switch (parsed.what) {
    case command::list:
        std::cout << describe_scenarios() << std::flush;
        return 0;
    case command::version:
        std::cout << "wsload " WSD_VERSION "\n" << std::flush;
        return 0;
    case command::explain:
        std::cout << (parsed.topic == "metrics" ? describe_metrics() : explain_scenario(*find_scenario(parsed.topic)))
                  << std::flush;
        return 0;
    case command::manual:
        std::cout << (parsed.markdown ? tables_as_markdown() : manual_page()) << std::flush;
        return 0;
    case command::report:
        return show_report(parsed);
    case command::compare:
        return compare(parsed.compare);
    case command::run:
        break;
    }
    return parsed.run.procs > 1 ? run_divided(parsed.run, argc, argv) : run(parsed.run);
}
