#pragma once

#include "loadgen/units.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace wsd::loadgen {

enum class token_place : std::uint8_t { cookie, bearer };

struct client_caps {
    bool seq = true;
    bool cumack = true;
    bool noecho = true;
};

// What one run is to do. Defaults are those of the command line; zero means "derived" where a comment says so.
struct run_options {
    std::string scenario;
    std::string url_text = "ws://127.0.0.1:3001/ws";
    server_url url;
    std::uint32_t connections = 100;
    std::uint32_t users = 0; // 0: as many as connections
    double per_second = 100; // messages, in all
    std::chrono::nanoseconds duration = std::chrono::seconds(10);
    std::chrono::nanoseconds ramp = std::chrono::seconds(1);
    std::uint32_t message_bytes = 64;
    std::uint64_t seed = 1;
    source_range sources;
    std::string secret;      // of HS256 tokens made here; empty: none
    std::string tokens_file; // empty: none
    token_place token_via = token_place::cookie;
    std::string user_prefix = "load-";
    client_caps caps;
    bool confirm = true;
    bool closed = false;
    std::uint32_t window = 1;   // closed loop: unacknowledged messages of each sender
    double cuts_per_second = 0; // scenario resume; 0: each connection about every 20 s
    std::chrono::nanoseconds drain = std::chrono::seconds(30);
    std::chrono::nanoseconds connect_timeout = std::chrono::seconds(10);
    std::uint32_t threads = 1;
    bool allow_saturated = false;
    bool quiet = false;
    std::optional<std::string> json; // file name, "-" = standard output
};

enum class command : std::uint8_t { run, list, version };

// Outcome of reading a command line. Either text to print and a status to end with, or a command to carry out.
struct parsed_command {
    command what = command::run;
    run_options run;
    std::optional<int> exit; // 0 after --help, 2 for a mistake
    std::string text;        // to print before that: on stdout for 0, on stderr for 2
};

// Every mistake is named with the option, the value and what is allowed. Reads the file named by --secret @file.
[[nodiscard]] parsed_command parse_command_line(int argc, const char* const* argv);

} // namespace wsd::loadgen
