#pragma once

#include "server/observe/metric_table.hpp"

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace wsd {

// A whole number of units of 10^-decimals: 1500000 with 9 decimals is 0.0015. Exact, unlike a double.
struct fixed_point {
    std::uint64_t units = 0;
    unsigned decimals = 0; // ≤ 18
};

// Writes the Prometheus text format, version 0.0.4. Each family is begun once, with all its samples after it. Names and
// help texts are the caller's to choose well: the test with promtool sees the result.
class metric_writer {
  public:
    using labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    explicit metric_writer(std::string& out) : out_(out) {}

    // `name` lives until the family's last sample is written.
    void family(metric_type type, std::string_view name, std::string_view help);

    // One series of the family, a counter or gauge.
    void sample(std::uint64_t value, labels set = {});
    void sample(std::int64_t value, labels set = {});
    void sample(fixed_point value, labels set = {});
    // `rendered`: `name="value"`, comma-separated, escaped already; empty for none.
    void sample_rendered(std::uint64_t value, std::string_view rendered);

    struct histogram_values {
        std::span<const std::uint64_t> bounds; // upper bounds, inclusive, ascending
        std::span<const std::uint64_t> counts; // per bucket, not cumulative; one more than bounds: what is above them
        std::uint64_t sum = 0;
        unsigned decimals = 0; // bounds and sum are in units of 10^-decimals: 9 when they are nanoseconds
    };
    void histogram(const histogram_values& values);

  private:
    void line(std::string_view suffix, std::string_view rendered, fixed_point value);

    std::string& out_;
    std::string_view name_;
};

// `name="value"` with the value escaped; preceded by a comma unless `out` is empty.
void append_label(std::string& out, std::string_view name, std::string_view value);

} // namespace wsd
