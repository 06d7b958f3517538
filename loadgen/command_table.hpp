#pragma once

#include "loadgen/options.hpp"

#include <span>
#include <string>

namespace wsd::loadgen {

// A command and how it is written. Parser, --help, manual page and docs/LOADTEST.md are made from these rows, those of
// the arguments below, and the options of `run` (option_table).
struct command_row {
    const char* name;
    command what;
    const char* usage; // behind its name
    const char* help;
};

// An argument of a command other than the options of `run`.
struct argument_row {
    command of;
    const char* names; // "--html"; of a positional one without dashes
    const char* value; // what stands for its value; null: a flag
    const char* help;
    bool required;
    // Takes a value, of a flag "true"; says what is wrong with it, or nothing.
    std::string (*apply)(parsed_command& to, const std::string& value);
    bool repeats = false;
};

// Status and when wsload ends with it.
struct exit_row {
    int status;
    const char* meaning;
};

[[nodiscard]] std::span<const command_row> command_table();
[[nodiscard]] std::span<const argument_row> argument_table();
[[nodiscard]] std::span<const exit_row> exit_table();

[[nodiscard]] std::string exit_statuses(); // "0 ok, 2 usage, ..."
// The tables of docs/LOADTEST.md.
[[nodiscard]] std::string commands_as_markdown();
[[nodiscard]] std::string exits_as_markdown();
// The same for the manual page.
[[nodiscard]] std::string synopsis_as_manual();
[[nodiscard]] std::string commands_as_manual();
[[nodiscard]] std::string exits_as_manual();

} // namespace wsd::loadgen
