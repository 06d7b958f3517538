#pragma once

#include "common/config/load.hpp"

#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

namespace wsd {

// What a command may see of the process it runs in. Tests make one of their own.
struct process_context {
    start_words given;
    std::ostream& out;
    std::ostream& err;
    std::istream* in = nullptr; // nullptr: nothing to read
};

[[nodiscard]] std::vector<std::pair<std::string, std::string>> process_environment();

// The text of a file of at most 1 MiB, or why there is none.
[[nodiscard]] file_content read_text_file(const std::string& path);

} // namespace wsd
