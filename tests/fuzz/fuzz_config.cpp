#include "common/base/ensure.hpp"
#include "common/config/load.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>

namespace wsd::fuzz {

// A line `NAME=value` is of the environment, `--flag value` of the command line; the rest, from a line `[file]` on, is
// the file.
int fuzz_config(octets input) {
    std::string_view rest = text_of(input);
    const std::string secret = "kept-from-every-message-0123456789";
    if (rest.find(secret) != std::string_view::npos) return 0; // what is no secret's value may be shown
    start_words words{.arguments = {}, .environment = {{"JWT_SECRET", secret}}};
    while (!rest.empty()) {
        const std::string_view line = take_line(rest);
        if (line == "[file]") break;
        if (line.starts_with("--")) {
            const std::size_t blank = line.find(' ');
            words.arguments.emplace_back(line.substr(0, blank));
            if (blank != std::string_view::npos) words.arguments.emplace_back(line.substr(blank + 1));
        } else if (const std::size_t equals = line.find('='); equals != std::string_view::npos) {
            words.environment.emplace_back(line.substr(0, equals), line.substr(equals + 1));
        }
    }
    load_inputs inputs{.flags = take_flags(words.arguments),
                       .environment = words.environment,
                       .read_file = {},
                       .other_flags = {},
                       .mistakes = {}};
    if (!rest.empty()) inputs.environment.emplace_back("WS_CONFIG", "wsd.toml");
    int files_read = 0;
    inputs.read_file = [&](const std::string&) {
        ++files_read;
        return file_content{.text = std::string(rest), .failure = {}};
    };
    const loaded_settings loaded = load(inputs);
    ensure(files_read <= 1, "one file is read, once");
    for (const mistake& found : loaded.mistakes) {
        const std::string text = found.text();
        ensure(!text.empty() &&
                   std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }),
               "a mistake is one printable line");
        ensure(text.find(secret) == std::string::npos, "no secret is shown");
    }
    for (const std::string& warning : loaded.warnings)
        ensure(warning.find('\n') == std::string::npos && warning.find(secret) == std::string::npos,
               "a warning is one line");
    if (!loaded.mistakes.empty()) return 0;
    const settings& good = loaded.values;
    ensure(good.max_payload_size >= 128 && good.max_payload_size <= 1'000'000'000, "a size is within its bounds");
    ensure(good.heartbeat_timeout > good.heartbeat_interval, "the time-out is longer than the interval");
    ensure(good.backpressure_max_queue >= good.backpressure_threshold, "the queue is not below the threshold");
    ensure(good.rate_limit_warning_threshold > 0 && good.rate_limit_warning_threshold <= 1, "a share is a share");
    return 0;
}

} // namespace wsd::fuzz
