#include "loadgen/option_table.hpp"

#include "loadgen/markup.hpp"
#include "loadgen/payload.hpp"
#include "loadgen/report/metrics.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

namespace wsd::loadgen {
namespace {

bool set_count(std::uint32_t& target, const std::string& text, std::uint64_t least, std::uint64_t most) {
    const auto value = parse_count(text);
    if (!value || *value < least || *value > most) return false;
    target = static_cast<std::uint32_t>(*value);
    return true;
}

constexpr double rate_max = 1e7;

bool set_rate(double& target, const std::string& text) {
    const auto value = parse_number(text);
    if (!value || *value <= 0 || *value > rate_max) return false;
    target = *value;
    return true;
}

bool set_load(run_options& run, const std::string& text) {
    double per_second = 0;
    if (!set_rate(per_second, text)) return false;
    run.load = load_profile(per_second);
    return true;
}

bool set_flag(bool& target, const std::string& text) {
    target = text == "true";
    return true;
}

bool add_stage(run_options& run, const std::string& text) {
    const auto colon = text.find(':');
    if (colon == std::string::npos) return false;
    const auto length = parse_duration(text.substr(0, colon));
    const auto rate = parse_number(text.substr(colon + 1));
    if (!length || length->count() == 0 || !rate || *rate > rate_max) return false;
    // The first one replaces the rate that would have been.
    if (run.load.length().count() == 0) run.load = load_profile();
    run.load.add_stage(*length, *rate);
    run.duration = run.load.length();
    return true;
}

bool add_gate(run_options& run, const std::string& text) {
    auto parsed = parse_gate(text);
    if (!parsed) return false;
    run.gates.add(*std::move(parsed));
    return true;
}

std::string why_no_gate(const std::string& text) {
    const auto parsed = parse_gate(text);
    return parsed ? std::string() : parsed.error().text;
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

bool set_limit(run_options& run, const std::string& text) {
    const auto colon = text.find(':');
    const auto of = text.substr(0, colon);
    if (colon == std::string::npos || !set_count(run.limit.allowed, text.substr(colon + 1), 1, 100'000)) return false;
    run.limit.of = of == "user" ? limit_option::scope::user
                   : of == "ip" ? limit_option::scope::address
                                : limit_option::scope::server;
    return of == "user" || of == "ip" || of == "all";
}

bool set_part(run_options& run, const std::string& text) {
    const auto slash = text.find('/');
    const auto colon = std::min(text.find(':'), text.size());
    if (slash == std::string::npos || slash > colon) return false;
    if (colon != text.size() && !set_count(run.status_to, text.substr(colon + 1), 3, 1023)) return false;
    return set_count(run.parts, text.substr(slash + 1, colon - slash - 1), 1, 32) &&
           set_count(run.part, text.substr(0, slash), 0, run.parts - 1);
}

bool set_share(double& target, const std::string& text) {
    const bool percent = text.ends_with('%');
    const auto value = parse_number(percent ? text.substr(0, text.size() - 1) : text);
    if (!value) return false;
    target = percent ? *value / 100 : *value;
    return target > 0 && target <= 1;
}

bool set_ladder(run_options& run, const std::string& text) {
    std::istringstream parts(text);
    for (std::string part; std::getline(parts, part, ',');) {
        const auto equals = part.find('=');
        const auto name = part.substr(0, equals);
        if (equals == std::string::npos) return false;
        const auto value = part.substr(equals + 1);
        const bool taken = name == "warn"       ? set_share(run.ladder.warning, value)
                           : name == "throttle" ? set_count(run.ladder.throttle, value, 0, 20)
                                                : name == "close" && set_count(run.ladder.close, value, 0, 100);
        if (!taken) return false;
    }
    // The burst of the first violations must not end the connection already.
    return !text.empty() && (run.ladder.close == 0 || run.ladder.close > std::max(run.ladder.throttle, 1u));
}

bool set_file(std::optional<std::string>& target, const std::string& text) {
    target = text;
    return !text.empty();
}

constexpr std::array rows{
    option_row{"-c,--connections", "N", "WebSocket connections", "1..1m", "100",
               [](run_options& run, const std::string& v) { return set_count(run.connections, v, 1, 1'000'000); }},
    option_row{"-u,--users", "N", "users that the connections belong to, dealt out in turn", "1..connections",
               "as many as connections",
               [](run_options& run, const std::string& v) { return set_count(run.users, v, 1, 1'000'000); }},
    option_row{
        "--conns-per-user", "N", "instead of --users: connections of each user", "1..connections", "1",
        [](run_options& run, const std::string& v) { return set_count(run.connections_per_user, v, 1, 1'000'000); }},
    option_row{"-r,--rate", "N", "messages per second in all, sent on schedule whatever the server does", "above 0",
               "100", set_load},
    option_row{"-d,--duration", "TIME", "how long the load lasts, after the ramp", "at most 30 days", "10s",
               [](run_options& run, const std::string& v) { return set_duration(run.duration, v); }},
    option_row{"--stage", "TIME:RATE", "instead of -d and --rate: this rate for so long; repeated, one after the other",
               "like 30s:1000", nullptr, add_stage, true},
    option_row{"--schedule", "HOW", "even intervals, or independent events at the same mean rate", "fixed or poisson",
               "fixed",
               [](run_options& run, const std::string& v) {
                   run.poisson = v == "poisson";
                   return v == "poisson" || v == "fixed";
               }},
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
    option_row{"--adapter", "NAME",
               "how the server is spoken to: as wsd, or as one that sends every message back (echo, connect, churn)",
               "wsd or raw-echo", "wsd",
               [](run_options& run, const std::string& v) {
                   run.speaks = v == "raw-echo" ? adapter::raw_echo : adapter::wsd;
                   return v == "raw-echo" || v == "wsd";
               }},
    option_row{"--caps", "LIST", "capabilities asked for in HELLO", "of seq,cumack,noecho; or none",
               "seq,cumack,noecho", set_caps},
    option_row{"--confirm,!--no-confirm", nullptr, "recipients confirm what they got, or don't", nullptr, "--confirm",
               [](run_options& run, const std::string& v) { return set_flag(run.confirm, v); }},
    option_row{"--closed", nullptr,
               "closed loop: each sender keeps --window messages under way; latencies are not comparable with an open "
               "load",
               nullptr, nullptr, [](run_options& run, const std::string& v) { return set_flag(run.closed, v); }},
    option_row{"--window", "N", "closed loop: unacknowledged messages of each sender", "1..10k", "1",
               [](run_options& run, const std::string& v) { return set_count(run.window, v, 1, 10'000); }},
    option_row{
        "--unanswered", "N",
        "messages of each sender that may be unanswered; what is due beyond that is not sent and counted as skipped",
        "1..65536", "65536",
        [](run_options& run, const std::string& v) { return set_count(run.unanswered_max, v, 1, outbox::slots_max); }},
    option_row{"--cuts", "N", "resume, churn, soak: connections cut per second", "above 0",
               "a twentieth of the connections, at most 500",
               [](run_options& run, const std::string& v) { return set_rate(run.cuts_per_second, v); }},
    option_row{"--room-size", "N", "fanout: users in a room", "2..1000", "10",
               [](run_options& run, const std::string& v) { return set_count(run.room_size, v, 2, 1000); }},
    option_row{"--limit", "OF:N", "limits: which limit of the server is tried, and what it is", "user:N, ip:N or all:N",
               "user:5", set_limit},
    option_row{"--excess", "N", "limits: connections beyond the limit", "1..10k", "3",
               [](run_options& run, const std::string& v) { return set_count(run.limit.excess, v, 1, 10'000); }},
    option_row{
        "--ladder", "NAME=N,...",
        "ratelimit: the server's share of the limit that brings a warning, the violation from which on it delays, and "
        "the one that ends the connection (0: never)",
        "warn=SHARE, throttle=0..20, close=0..100", "warn=80%,throttle=2,close=5", set_ladder},
    option_row{"--storm", "SHARE", "storm: how many of the connections break at once", "above 0, at most 100%", "50%",
               [](run_options& run, const std::string& v) { return set_share(run.storm_share, v); }},
    option_row{
        "--stall", "TIME",
        "slow-consumer: the server closes a connection that takes nothing for so long; it must have done so when "
        "the load is over",
        "above 0, less than -d", nullptr,
        [](run_options& run, const std::string& v) { return set_duration(run.stall, v) && run.stall.count() > 0; }},
    option_row{"--pid", "N",
               "process id of the server: its memory and descriptors are sampled; restart: it is signalled",
               "a process id", nullptr,
               [](run_options& run, const std::string& v) { return set_count(run.server_pid, v, 2, 1u << 30); }},
    option_row{"--exec", "COMMAND", "starts the server with this command of the shell, and ends it after the run",
               "a command", nullptr,
               [](run_options& run, const std::string& v) {
                   run.server_command = v;
                   return !v.empty();
               }},
    option_row{"--drain", "TIME", "longest wait for what is under way after the load", "at most 30 days", "30s",
               [](run_options& run, const std::string& v) { return set_duration(run.drain, v); }},
    option_row{"--connect-timeout", "TIME", "from the start of a connection to HELLO_ACK", "above 0", "10s",
               [](run_options& run, const std::string& v) {
                   return set_duration(run.connect_timeout, v) && run.connect_timeout.count() > 0;
               }},
    option_row{"--threads", "N", "worker threads", "1..64", "1",
               [](run_options& run, const std::string& v) { return set_count(run.threads, v, 1, 64); }},
    option_row{"--procs", "N", "processes that share connections, users and load, each with threads of its own",
               "1..32", "1", [](run_options& run, const std::string& v) { return set_count(run.procs, v, 1, 32); }},
    option_row{"--part", "I/N[:FD]",
               "this is part I of N, from 0 on, which tells its status to the descriptor FD; --procs starts its "
               "processes with it",
               "like 0/2", nullptr, set_part},
    option_row{"--slo", "METRIC OP LIMIT",
               "a threshold: the run fails when it does not hold; may be repeated. 'wsload explain metrics' lists them",
               "like deliver.p99<50ms or lost==0", nullptr, add_gate, true, false, why_no_gate},
    option_row{"--allow-saturated", nullptr, "don't fail when wsload was the bottleneck", nullptr, nullptr,
               [](run_options& run, const std::string& v) { return set_flag(run.allow_saturated, v); }},
    option_row{"--json", "FILE", "write the report as JSON to FILE, or to standard output", "a file name", nullptr,
               [](run_options& run, const std::string& v) {
                   run.json = v.empty() ? "-" : v;
                   return true;
               },
               false, true},
    option_row{"--html", "FILE", "write the report as a page with charts that needs no network", "a file name", nullptr,
               [](run_options& run, const std::string& v) { return set_file(run.html, v); }},
    option_row{"--junit", "FILE", "write faults, thresholds and expectations as JUnit XML", "a file name", nullptr,
               [](run_options& run, const std::string& v) { return set_file(run.junit, v); }},
    option_row{"--metrics", "FILE", "write every metric in Prometheus' text format", "a file name", nullptr,
               [](run_options& run, const std::string& v) { return set_file(run.metrics, v); }},
    option_row{"-q,--quiet", nullptr, "no status line", nullptr, nullptr,
               [](run_options& run, const std::string& v) { return set_flag(run.quiet, v); }},
};

// "`-c`, `--connections` `N`": names with marks around them, denials as people write them.
std::string marked_names(const option_row& row, std::string_view before, std::string_view after) {
    std::string text;
    std::istringstream names(row.names);
    for (std::string name; std::getline(names, name, ',');) {
        if (name.starts_with('!')) name.erase(0, 1);
        text.append(text.empty() ? "" : ", ").append(before).append(name).append(after);
    }
    return text;
}

} // namespace

std::span<const option_row> option_table() { return rows; }

std::string long_name(const option_row& row) {
    const std::string names = row.names;
    const auto from = names.find("--");
    return names.substr(from, names.find(',', from) - from);
}

std::string options_as_markdown() {
    std::string text = "| option | meaning | allowed | default |\n|---|---|---|---|\n";
    for (const auto& row : rows) {
        text += "| " + marked_names(row, "`", "`");
        if (row.value != nullptr)
            text += std::string(" ") + (row.value_optional ? "[" : "") + "*" + escape_each(row.value, "|", "\\") + "*" +
                    (row.value_optional ? "]" : "");
        text += " | " + escape_each(row.help, "|", "\\") + " | " + (row.allowed != nullptr ? row.allowed : "") + " | " +
                (row.initial != nullptr ? row.initial : "") + " |\n";
    }
    return text;
}

std::string options_as_manual() {
    std::string text;
    for (const auto& row : rows) {
        text += ".TP\n" + escape_each(marked_names(row, "\\fB", "\\fR"), "-", "\\");
        if (row.value != nullptr) text += std::string(" \\fI") + escape_each(row.value, "-", "\\") + "\\fR";
        text += "\n" + escape_each(row.help, "-", "\\");
        if (row.allowed != nullptr) text += std::string(" (") + escape_each(row.allowed, "-", "\\") + ")";
        if (row.initial != nullptr) text += std::string("; default ") + escape_each(row.initial, "-", "\\");
        text += ".\n";
    }
    return text;
}

} // namespace wsd::loadgen
