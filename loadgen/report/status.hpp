#pragma once

#include "loadgen/counters.hpp"
#include "loadgen/state/series.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wsd::loadgen {

// A run under way.
struct run_status {
    std::string_view scenario;
    std::string_view phase;
    double seconds = 0;     // of this phase
    double seconds_max = 0; // how long it may last; 0: nobody knows
    std::size_t stage = 0;  // of the load, from 1 on
    std::size_t stages = 0; // below 2 there is nothing to tell
    double stage_rate = 0;
    counters count;
    tallies names;
    double sent_per_second = 0; // since the last status, like what follows
    double delivered_per_second = 0;
    double upgrades_per_second = 0;
    std::chrono::nanoseconds ack_p99{};
    std::chrono::nanoseconds delivery_p99{};
    std::chrono::nanoseconds lag_p99{};
    series past; // its last seconds are drawn
};

// One line without a line end, for logs.
[[nodiscard]] std::string format_status(const run_status& status);

// What is known of a terminal.
struct screen {
    std::size_t columns = 80;
    std::size_t rows = 24;
    bool colour = true;
};

// Four lines, six when messages are sent: how far it is, connections, messages, the rate and the delivery's p99 over
// the last seconds, error codes. None is wider than the screen, and they are fewer than it has rows.
[[nodiscard]] std::vector<std::string> draw_status(const run_status& status, const screen& on);

// A character per value, from none to the highest of them.
[[nodiscard]] std::string sparkline(const std::vector<double>& values);

// Writes the lines over those before. A plain value: what it returns is to be printed.
class status_display {
  public:
    [[nodiscard]] std::string redraw(const run_status& status, const screen& on);
    // Leaves the cursor where the first line began, and nothing behind it. Empty when nothing was drawn.
    [[nodiscard]] std::string erase();

  private:
    std::string go_back();

    std::size_t drawn_ = 0; // lines that are on the screen
};

} // namespace wsd::loadgen
