#include "loadgen/options.hpp"

#include "loadgen/payload.hpp"
#include "loadgen/scenarios/scenario.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <fstream>
#include <functional>
#include <sstream>
#include <vector>

namespace wsd::loadgen {
namespace {

using apply_function = bool (*)(run_options&, const std::string& value);

bool set_count(std::uint32_t& target, const std::string& text, std::uint64_t least, std::uint64_t most) {
    const auto value = parse_count(text);
    if (!value || *value < least || *value > most) return false;
    target = static_cast<std::uint32_t>(*value);
    return true;
}

bool set_rate(double& target, const std::string& text) {
    const auto value = parse_number(text);
    if (!value || *value <= 0 || *value > 1e7) return false;
    target = *value;
    return true;
}

bool set_duration(std::chrono::nanoseconds& target, const std::string& text) {
    const auto value = parse_duration(text);
    if (value) target = *value;
    return value.has_value();
}

bool set_secret(run_options& run, const std::string& text) {
    run.secret = text;
    if (text.starts_with('@')) {
        std::ifstream file(text.substr(1), std::ios::binary);
        std::ostringstream content;
        if (!file || !(content << file.rdbuf())) return false;
        run.secret = content.str();
        while (run.secret.ends_with('\n') || run.secret.ends_with('\r')) run.secret.pop_back();
    }
    return !run.secret.empty();
}

bool set_caps(run_options& run, const std::string& text) {
    run.caps = {.seq = false, .cumack = false, .noecho = false};
    if (text == "none") return true;
    std::istringstream names(text);
    for (std::string name; std::getline(names, name, ',');) {
        if (name == "seq") {
            run.caps.seq = true;
        } else if (name == "cumack") {
            run.caps.cumack = true;
        } else if (name == "noecho") {
            run.caps.noecho = true;
        } else {
            return false;
        }
    }
    return run.caps.seq || run.caps.cumack || run.caps.noecho;
}

// An option with a value: how it is written, what it means, what is allowed, how it is taken.
struct option_row {
    const char* names;
    const char* value;
    const char* help;
    const char* allowed;
    const char* initial;
    apply_function apply;
};

constexpr std::array option_table{
    option_row{"-c,--connections", "N", "WebSocket connections", "1..1m", "100",
               [](run_options& run, const std::string& v) { return set_count(run.connections, v, 1, 1'000'000); }},
    option_row{"-u,--users", "N", "users that the connections belong to, dealt out in turn", "1..connections",
               "as many as connections",
               [](run_options& run, const std::string& v) { return set_count(run.users, v, 1, 1'000'000); }},
    option_row{"-r,--rate", "N", "messages per second in all, sent on schedule whatever the server does", "above 0",
               "100", [](run_options& run, const std::string& v) { return set_rate(run.per_second, v); }},
    option_row{"-d,--duration", "TIME", "how long the load lasts, after the ramp", "at most 30 days", "10s",
               [](run_options& run, const std::string& v) { return set_duration(run.duration, v); }},
    option_row{"--ramp", "TIME", "time over which the connections are opened", "at most 30 days", "1s",
               [](run_options& run, const std::string& v) { return set_duration(run.ramp, v); }},
    option_row{"--size", "BYTES", "length of a message's content", "52..1m", "64",
               [](run_options& run, const std::string& v) {
                   return set_count(run.message_bytes, v, payload_bytes_min, 1'000'000);
               }},
    option_row{"--seed", "N", "decides who talks to whom and when connections are cut", "a whole number", "1",
               [](run_options& run, const std::string& v) {
                   const auto value = parse_count(v);
                   if (value) run.seed = *value;
                   return value.has_value();
               }},
    option_row{"--source-ips", "RANGE", "local addresses to connect from, in turn", "like 127.0.0.2-9", "any",
               [](run_options& run, const std::string& v) {
                   const auto value = parse_source_range(v);
                   if (value) run.sources = *value;
                   return value.has_value();
               }},
    option_row{"--secret", "VALUE|@FILE", "makes HS256 tokens with this secret", "a non-empty value or a readable file",
               nullptr, set_secret},
    option_row{"--tokens", "FILE", "takes tokens from a file, a line each: 'user token' or the token alone",
               "a file name", nullptr,
               [](run_options& run, const std::string& v) {
                   run.tokens_file = v;
                   return !v.empty();
               }},
    option_row{"--token-via", "HOW", "how the token is sent", "cookie or bearer", "cookie",
               [](run_options& run, const std::string& v) {
                   run.token_via = v == "bearer" ? token_place::bearer : token_place::cookie;
                   return v == "bearer" || v == "cookie";
               }},
    option_row{"--user-prefix", "TEXT", "user ids of minted tokens are this and a number", "1..64 printable characters",
               "load-",
               [](run_options& run, const std::string& v) {
                   run.user_prefix = v;
                   const auto plain = [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; };
                   return !v.empty() && v.size() <= 64 && std::all_of(v.begin(), v.end(), plain);
               }},
    option_row{"--caps", "LIST", "capabilities asked for in HELLO", "of seq,cumack,noecho; or none",
               "seq,cumack,noecho", set_caps},
    option_row{"--window", "N", "closed loop: unacknowledged messages of each sender", "1..10k", "1",
               [](run_options& run, const std::string& v) { return set_count(run.window, v, 1, 10'000); }},
    option_row{"--cuts", "N", "scenario resume: connections cut per second", "above 0",
               "a twentieth of the connections, at most 500",
               [](run_options& run, const std::string& v) { return set_rate(run.cuts_per_second, v); }},
    option_row{"--drain", "TIME", "longest wait for what is under way after the load", "at most 30 days", "30s",
               [](run_options& run, const std::string& v) { return set_duration(run.drain, v); }},
    option_row{"--connect-timeout", "TIME", "from the start of a connection to HELLO_ACK", "above 0", "10s",
               [](run_options& run, const std::string& v) {
                   return set_duration(run.connect_timeout, v) && run.connect_timeout.count() > 0;
               }},
    option_row{"--threads", "N", "worker threads", "1..64", "1",
               [](run_options& run, const std::string& v) { return set_count(run.threads, v, 1, 64); }},
};

// What can only be said of the options together.
std::vector<std::string> find_conflicts(run_options& run) {
    std::vector<std::string> mistakes;
    if (find_scenario(run.scenario) == nullptr) {
        mistakes.push_back("unknown scenario '" + run.scenario + "': there are " + scenario_names());
    }
    if (const auto url = parse_url(run.url_text)) {
        run.url = *url;
    } else {
        mistakes.push_back("URL '" + run.url_text + "': expected ws://host[:port][/path]");
    }
    if (run.users > run.connections) {
        mistakes.push_back("--users " + std::to_string(run.users) + ": expected at most the number of connections, " +
                           std::to_string(run.connections));
    }
    if (run.users == 0) run.users = run.connections;
    if (run.secret.empty() == run.tokens_file.empty())
        mistakes.emplace_back("tokens: expected exactly one of --secret VALUE|@FILE and --tokens FILE");
    if (run.json && run.json->starts_with("ws://"))
        mistakes.emplace_back("--json took the URL for its file name: put --json last or write --json=FILE");
    return mistakes;
}

struct parsed_values {
    std::array<std::string, option_table.size()> text;
    bool no_confirm = false;
    std::string json;
};

CLI::App* add_run_command(CLI::App& app, run_options& run, parsed_values& values) {
    auto* command = app.add_subcommand("run", "put a server under load and check what it delivers");
    command->add_option("scenario", run.scenario, "one of " + scenario_names())->required();
    command->add_option("url", run.url_text, "the server (default ws://127.0.0.1:3001/ws)");
    for (std::size_t i = 0; i < option_table.size(); ++i) {
        const auto& row = option_table[i];
        std::string help = std::string(row.help) + " (" + row.allowed;
        if (row.initial != nullptr) help += std::string("; default ") + row.initial;
        command->add_option(row.names, values.text[i], help + ')')->type_name(row.value)->take_last();
    }
    command->add_flag("--confirm,!--no-confirm", run.confirm, "recipients confirm what they got (default), or not");
    command->add_flag(
        "--closed", run.closed,
        "closed loop: each sender keeps --window messages under way; latencies are not comparable with an "
        "open load");
    command->add_flag("--allow-saturated", run.allow_saturated, "don't fail when this program was the bottleneck");
    command->add_flag("-q,--quiet", run.quiet, "no status line");
    command->add_option("--json", values.json, "write the report as JSON to FILE, or to standard output")
        ->type_name("[FILE]")
        ->expected(0, 1)
        ->take_last();
    return command;
}

std::vector<std::string> apply_values(const CLI::App& command, const parsed_values& values, run_options& run) {
    std::vector<std::string> mistakes;
    for (std::size_t i = 0; i < option_table.size(); ++i) {
        const auto& row = option_table[i];
        const std::string names = row.names;
        const std::string name = names.substr(names.find("--"));
        if (command.get_option(name)->empty() || row.apply(run, values.text[i])) continue;
        // A secret is not repeated on a terminal.
        const std::string shown = name == "--secret" ? "" : " '" + values.text[i] + '\'';
        mistakes.push_back(name + shown + ": expected " + row.allowed);
    }
    if (!command.get_option("--json")->empty()) run.json = values.json.empty() ? "-" : values.json;
    return mistakes;
}

} // namespace

parsed_command parse_command_line(int argc, const char* const* argv) {
    parsed_command parsed;
    parsed_values values;
    CLI::App app{"wsload puts a WebSocket message server under load and proves that nothing was lost.", "wsload"};
    app.require_subcommand(1);
    const auto* list = app.add_subcommand("list", "list the scenarios");
    const auto* version = app.add_subcommand("version", "print the version");
    auto* run = add_run_command(app, parsed.run, values);
    app.footer("Numbers may end in k or m, times in ms, s, m or h.\n"
               "Exit status: 0 ok, 2 usage, 3 cannot connect or authenticate, 11 delivery is not correct, "
               "13 this program was the bottleneck, 130 interrupted.");
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
    } else {
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
