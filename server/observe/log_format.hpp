#pragma once

#include "common/base/clock.hpp"
#include "server/observe/log.hpp"

#include <span>
#include <string>
#include <string_view>

namespace wsd {

struct log_line {
    timestamp at = 0;
    log_level level = log_level::info;
    std::string_view event;
    std::span<const log_field> fields;
};

// `2025-01-31T12:00:00.000Z info upgrade_refused code=NO_TOKEN user="a b"` and a newline. A value is bare when it
// consists of [A-Za-z0-9_.:/@+-] only, otherwise it is a JSON string. The newline is the only one, whatever the values.
void append_text_line(std::string& out, const log_line& line);

// `{"ts":"2025-01-31T12:00:00.000Z","level":"info","event":"upgrade_refused","code":"NO_TOKEN"}` and a newline. Valid
// JSON and valid UTF-8, whatever the values.
void append_json_line(std::string& out, const log_line& line);

// A JSON string. Written as \u: control characters (C0, DEL, C1), line and paragraph separators, invisible marks and
// those that change the direction of text; bytes that are no UTF-8 become \ufffd. A value beyond 1024 bytes ends in
// `…`.
void append_log_string(std::string& out, std::string_view value);

} // namespace wsd
