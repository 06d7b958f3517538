#pragma once

#include "loadgen/options.hpp"

#include <span>
#include <string>

namespace wsd::loadgen {

// An option of `wsload run`: how it is written, what it means, what is allowed, how it is taken. Parser, help, manual
// page and the table in docs/LOADTEST.md are made from these rows.
struct option_row {
    const char* names; // "-c,--connections"; a flag that can be denied: "--confirm,!--no-confirm"
    const char* value; // what stands for its value; null: a flag, applied with "true" or "false"
    const char* help;
    const char* allowed;                                       // null for flags
    const char* initial;                                       // null: nothing
    bool (*apply)(run_options& run, const std::string& value); // false: not allowed
    bool repeats = false;                                      // otherwise the last one counts
    bool value_optional = false;
    std::string (*why)(const std::string& value) = nullptr; // says more than `allowed` about a value that is not
};

[[nodiscard]] std::span<const option_row> option_table();

// The long name, "--connections".
[[nodiscard]] std::string long_name(const option_row& row);

// The table in docs/LOADTEST.md.
[[nodiscard]] std::string options_as_markdown();
// The same for the manual page.
[[nodiscard]] std::string options_as_manual();

} // namespace wsd::loadgen
