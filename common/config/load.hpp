#pragma once

#include "common/config/mistake.hpp"
#include "common/config/settings.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wsd {

struct flag_argument {
    std::string name;                 // without dashes, as typed; unknown names included
    std::optional<std::string> value; // nullopt: the flag stood alone
};

struct file_content {
    std::optional<std::string> text;
    std::string failure; // why there is no text
};

// What a process is started with.
struct start_words {
    std::vector<std::string> arguments; // without the name of the program
    std::vector<std::pair<std::string, std::string>> environment;
};

struct load_inputs {
    std::vector<flag_argument> flags;
    std::vector<std::pair<std::string, std::string>> environment;
    std::function<file_content(const std::string& path)> read_file; // called at most once
    std::vector<std::string> other_flags; // of the command, no options: known to "did you mean"
    std::vector<mistake> mistakes;        // found in the arguments before; reported behind the others
};

enum class value_source : std::uint8_t { fallback, file, environment, flag };

struct value_origin {
    value_source source = value_source::fallback;
    std::string where = "default"; // as in mistake::where
};

struct loaded_settings {
    settings values;
    std::vector<value_origin> origins; // by index_of(row)
    std::vector<std::string> warnings; // one line each
    std::vector<mistake> mistakes;     // empty: `values` is usable
    std::vector<bool> broken;          // by index_of(row): some source of the option holds a mistake
};

// Reads all sources and checks every value and what values demand of each other. Precedence: flag, environment, file,
// default. Every mistake is reported, also in a value that a stronger source overrides. What files hold (keys,
// certificates) is not looked at.
[[nodiscard]] loaded_settings load(const load_inputs& inputs);

// Takes the options out of the arguments (`--name value`, `--name=value`, a boolean also alone) and leaves the rest in
// its order. Everything behind `--` is left alone. A flag without its value, or that only exists as environment
// variable, is taken too: load() reports it.
[[nodiscard]] std::vector<flag_argument> take_flags(std::vector<std::string>& arguments);

} // namespace wsd
