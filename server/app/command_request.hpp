#pragma once

#include "common/config/load.hpp"
#include "server/app/process_context.hpp"

#include <cstdint>
#include <string>
#include <variant>

namespace wsd {

enum class command_name : std::uint8_t {
    serve,
    dev,
    token_mint,
    token_inspect,
    config_check,
    config_show,
    config_default,
    version,
};
inline constexpr std::size_t command_count = 8;

// The arguments, sorted.
struct command_request {
    command_name command = command_name::serve;
    load_inputs inputs;  // all of the process that bears on the configuration
    bool keep = false;   // dev
    bool origin = false; // config show
    std::string user;    // token mint, and the next three
    std::string session;
    std::string role = "USER";
    std::string ttl = "1h";
    std::string secret; // token: `@file`
    std::string token;  // token inspect
};

// Nothing is left to do: help was asked for and printed (0), or the arguments can't be sorted and that was said (2).
struct command_finished {
    int status = 0;
};

[[nodiscard]] std::variant<command_request, command_finished> parse_command(const process_context& process);

} // namespace wsd
