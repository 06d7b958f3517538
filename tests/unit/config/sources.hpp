#pragma once

#include "common/config/load.hpp"

#include <string>
#include <utility>
#include <vector>

namespace wsd::test {

inline const std::string good_secret = "0123456789abcdef0123456789abcdef";

// The sources of a configuration, without a process around them. There is a good secret unless a test takes it away.
struct sources {
    std::vector<flag_argument> flags;
    std::vector<std::pair<std::string, std::string>> environment{{"JWT_SECRET", good_secret}};
    std::string file; // "" = none is named

    [[nodiscard]] loaded_settings load() const {
        load_inputs inputs{
            .flags = flags, .environment = environment, .read_file = {}, .other_flags = {}, .mistakes = {}};
        if (!file.empty()) inputs.environment.emplace_back("WS_CONFIG", "wsd.toml");
        inputs.read_file = [this](const std::string&) { return file_content{.text = file, .failure = {}}; };
        return wsd::load(inputs);
    }

    [[nodiscard]] std::vector<std::string> mistakes() const {
        std::vector<std::string> lines;
        for (const auto& found : load().mistakes) lines.push_back(found.text());
        return lines;
    }
};

[[nodiscard]] inline sources with_file(std::string text) {
    sources made;
    made.file = std::move(text);
    return made;
}
[[nodiscard]] inline sources with_flag(std::string name, std::string value) {
    sources made;
    made.flags.push_back({.name = std::move(name), .value = std::move(value)});
    return made;
}
[[nodiscard]] inline sources with_variable(std::string name, std::string value) {
    sources made;
    made.environment.emplace_back(std::move(name), std::move(value));
    return made;
}

} // namespace wsd::test
