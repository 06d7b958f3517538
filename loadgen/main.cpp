#include "common/base/clock.hpp"
#include "loadgen/conductor.hpp"
#include "loadgen/manual.hpp"
#include "loadgen/option_table.hpp"
#include "loadgen/preflight.hpp"
#include "loadgen/report/metrics.hpp"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
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
    if (!options.secret.empty()) {
        const auto run = options.duration + options.ramp + options.drain;
        const auto lifetime = std::chrono::duration_cast<std::chrono::seconds>(run) + std::chrono::hours(24);
        auto minted = credentials::mint({.secret = options.secret,
                                         .prefix = options.user_prefix,
                                         .users = options.users,
                                         .lifetime = lifetime,
                                         .now = time.wall_ms()});
        if (!minted) return setup_error{"--secret " + minted.error().text};
        return minted;
    }
    std::ifstream file(options.tokens_file, std::ios::binary);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) return setup_error{"--tokens " + options.tokens_file + " can't be read"};
    auto read = credentials::read(text.str(), options.users);
    if (!read) return setup_error{"--tokens " + options.tokens_file + ' ' + read.error().text};
    return read;
}

conductor::status_plan plan_status(const run_options& options) {
    if (options.quiet) return {};
    const bool terminal = isatty(STDERR_FILENO) != 0;
    const auto show = [terminal](const run_status& status) {
        // On a terminal the line is written over the one before.
        std::cerr << (terminal ? "\r\x1b[K" : "") << format_status(status) << (terminal ? "" : "\n") << std::flush;
    };
    return {.show = show, .every = terminal ? terminal_interval : log_interval};
}

bool write_json(const run_report& report) {
    if (*report.options.json == "-") return static_cast<bool>(std::cout << format_json(report) << std::flush);
    std::ofstream file(*report.options.json, std::ios::binary);
    return static_cast<bool>(file << format_json(report) << std::flush);
}

int run(run_options& options) {
    const auto machine = read_machine_limits();
    if (const auto shortage = find_shortage(options, machine)) return fail(exit_code::unreachable, *shortage);
    const auto server = resolve_server(options);
    if (!server.problem.empty()) return fail(exit_code::unreachable, server.problem);
    const system_clock time;
    auto users = load_credentials(options, time);
    if (!users) return fail(exit_code::usage, users.error().text);
    const population who({.connections = options.connections, .users = options.users, .seed = options.seed});
    const auto now = time.now().time_since_epoch().count();
    const run_plan plan{.options = options,
                        .who = who,
                        .users = *users,
                        .time = time,
                        .server = server.server,
                        .machine = machine,
                        // Different for each run, so that none takes another's messages for its own.
                        .run = static_cast<std::uint32_t>(random_source(static_cast<std::uint64_t>(now)).next()),
                        // A chat is one worker's.
                        .workers = std::min(options.threads, std::max(1u, options.users / 2))};
    const auto status = plan_status(options);
    const bool overwrites = status.show && status.every == terminal_interval;
    auto report = conductor(plan, status).run();
    if (overwrites) std::cerr << "\r\x1b[K" << std::flush;
    decide(report);
    (options.json == "-" ? std::cerr : std::cout) << format_summary(report) << std::flush;
    if (options.json && !write_json(report))
        return fail(exit_code::usage, "--json " + *options.json + " can't be written");
    return static_cast<int>(report.exit);
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
        std::cout << (parsed.markdown ? options_as_markdown() : manual_page()) << std::flush;
        return 0;
    case command::run:
        break;
    }
    return run(parsed.run);
}
