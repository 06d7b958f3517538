#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace wsd::loadgen {

// One second of a run, more or less. Counts are of that second, times too.
struct series_point {
    double at_seconds = 0; // since the start of the run
    std::string_view phase;
    std::uint64_t live = 0;
    std::uint64_t upgrades = 0;
    std::uint64_t sent = 0;
    std::uint64_t acked = 0;
    std::uint64_t delivered = 0;
    std::uint64_t refused = 0;
    std::uint64_t unanswered = 0; // at its end
    std::chrono::nanoseconds ack_p50{};
    std::chrono::nanoseconds ack_p99{};
    std::chrono::nanoseconds delivery_p50{};
    std::chrono::nanoseconds delivery_p99{};
    std::chrono::nanoseconds lag_p99{};
    std::optional<std::uint64_t> rss_bytes; // of the server
    std::optional<std::uint64_t> descriptors;
};

// How the server did over the load. Growth is by a straight line through all samples of the load: what it is at the
// end more than at the start, as a share of the start.
struct server_trend {
    std::optional<double> rss_bytes;
    std::optional<double> rss_growth;
    std::optional<double> descriptors;
    std::optional<double> descriptors_growth;
    std::optional<double> delivery_p99_growth;
};

// What a run did second by second. At most points_max, more than a day; then the series ends.
class series {
  public:
    static constexpr std::size_t points_max = 100'000;

    void add(const series_point& one) {
        if (points_.size() < points_max) points_.push_back(one);
    }
    [[nodiscard]] std::size_t size() const { return points_.size(); }
    // The last `count` points of it.
    [[nodiscard]] series tail(std::size_t count) const;
    template <class Visit> void for_each(Visit&& visit) const {
        for (const auto& one : points_) visit(one);
    }
    [[nodiscard]] server_trend server() const;

  private:
    std::vector<series_point> points_;
};

} // namespace wsd::loadgen
