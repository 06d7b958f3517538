#pragma once

#include "loadgen/state/compare_plan.hpp"
#include "loadgen/state/gates.hpp"
#include "loadgen/state/load_profile.hpp"
#include "loadgen/state/outbox.hpp"
#include "loadgen/units.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace wsd::loadgen {

enum class token_place : std::uint8_t { cookie, bearer };

// How a server is spoken to: in wsd's protocol, or in that of a server which sends every message back as it came.
enum class adapter : std::uint8_t { wsd, raw_echo };

struct client_caps {
    bool seq = true;
    bool cumack = true;
    bool noecho = true;
};

// Scenario limits: which limit of the server is tried, what it is, and how many connections too many are opened.
struct limit_option {
    enum class scope : std::uint8_t { user, address, server };
    scope of = scope::user;
    std::uint32_t allowed = 5;
    std::uint32_t excess = 3;
};

// Scenario ratelimit: what the server's ladder of rate limits is set to, as far as HELLO_ACK does not tell.
struct ladder_option {
    double warning = 0.8;       // share of the limit
    std::uint32_t throttle = 2; // the violation from which on frames are delayed
    std::uint32_t close = 5;    // the violation that ends the connection; 0: never
};

// What one run is to do. Defaults are those of the command line; zero means "derived" where a comment says so.
struct run_options {
    std::string scenario;
    std::string url_text = "ws://127.0.0.1:3001/ws";
    server_url url;
    std::uint32_t connections = 100;
    std::uint32_t users = 0;                // 0: as many as connections
    std::uint32_t connections_per_user = 0; // connections of each user; 0: users says it
    load_profile load{100};                 // messages, in all
    bool poisson = false;
    std::chrono::nanoseconds duration = std::chrono::seconds(10); // of all stages, when there are any
    std::chrono::nanoseconds ramp = std::chrono::seconds(1);
    std::uint32_t message_bytes = 64;
    std::uint64_t seed = 1;
    source_range sources;
    std::string secret;      // of HS256 tokens made here; empty: none
    std::string tokens_file; // empty: none
    token_place token_via = token_place::cookie;
    std::string user_prefix = "load-";
    adapter speaks = adapter::wsd;
    client_caps caps;
    bool confirm = true;
    bool closed = false;
    std::uint32_t window = 1;                         // closed loop: unacknowledged messages of each sender
    std::uint32_t unanswered_max = outbox::slots_max; // of each sender; what is due beyond that is not sent
    double cuts_per_second = 0;                       // scenarios resume, churn; 0: each connection about every 20 s
    std::uint32_t room_size = 10;
    limit_option limit;
    ladder_option ladder;
    double storm_share = 0.5;
    std::chrono::nanoseconds stall{0}; // slow-consumer: when the server closes who takes nothing; 0: nobody knows
    std::uint32_t server_pid = 0;      // 0: unknown
    std::string server_command;        // empty: the server runs already
    gate_list gates;
    std::chrono::nanoseconds drain = std::chrono::seconds(30);
    std::chrono::nanoseconds connect_timeout = std::chrono::seconds(10);
    std::uint32_t threads = 1;
    std::uint32_t procs = 1;
    // This process has a part of the run of another one: connections, users and load are its share already.
    std::uint32_t part = 0;
    std::uint32_t parts = 0;     // 0: it has the whole
    std::uint32_t status_to = 0; // descriptor for its status, instead of the terminal; 0: none
    bool allow_saturated = false;
    bool quiet = false;
    std::optional<std::string> json; // file name, "-" = standard output
    std::optional<std::string> html; // file names
    std::optional<std::string> junit;
    std::optional<std::string> metrics;
    std::string command_line; // as it was typed, but for secrets
};

enum class command : std::uint8_t { run, list, explain, manual, compare, report, version };

// Outcome of reading a command line. Either text to print and a status to end with, or a command to carry out.
struct parsed_command {
    command what = command::run;
    run_options run;
    std::string topic;     // of explain
    bool markdown = false; // of manual: the tables of docs/LOADTEST.md
    compare_plan compare;
    std::string report_file; // of report; the forms that are wanted stand in run
    std::optional<int> exit; // 0 after --help, 2 for a mistake
    std::string text;        // to print before that: on stdout for 0, on stderr for 2
};

// Every mistake is named with the option, the value and what is allowed. Reads the file named by --secret @file.
[[nodiscard]] parsed_command parse_command_line(int argc, const char* const* argv);

} // namespace wsd::loadgen
