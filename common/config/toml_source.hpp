#pragma once

#include "common/config/mistake.hpp"

#include <string>
#include <vector>

namespace wsd {

struct file_value {
    const option_row* row = nullptr;
    option_value value;
    std::string where; // "wsd.toml:3:8", line and column of the value
};

struct file_reading {
    std::vector<file_value> values;
    std::vector<mistake> mistakes;        // in the order of the file
    std::vector<const option_row*> named; // options whose line is wrong
};

// What the configuration file sets. `name` is the file's name in messages. A line that is not TOML is reported and
// skipped, so that the mistakes behind it are found too; at most 50 such lines are.
[[nodiscard]] file_reading read_toml(std::string text, const std::string& name);

} // namespace wsd
