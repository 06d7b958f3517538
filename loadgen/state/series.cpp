#include "loadgen/state/series.hpp"

#include <algorithm>

namespace wsd::loadgen {
namespace {

constexpr std::size_t least_samples = 3;

// Least squares over (time, value).
class line_fit {
  public:
    void add(double x, double y) {
        if (n_ == 0) first_ = x;
        last_ = x;
        ++n_;
        x_ += x;
        y_ += y;
        xx_ += x * x;
        xy_ += x * y;
    }
    // What the line rises between the first and the last sample, as a share of where it starts.
    [[nodiscard]] std::optional<double> growth() const {
        const auto n = static_cast<double>(n_);
        const double spread = n * xx_ - x_ * x_;
        if (n_ < least_samples || spread <= 0) return std::nullopt;
        const double slope = (n * xy_ - x_ * y_) / spread;
        const double start = (y_ - slope * x_) / n + slope * first_;
        if (start <= 0) return std::nullopt;
        return slope * (last_ - first_) / start;
    }

  private:
    std::size_t n_ = 0;
    double first_ = 0, last_ = 0, x_ = 0, y_ = 0, xx_ = 0, xy_ = 0;
};

} // namespace

series series::tail(std::size_t count) const {
    series part;
    part.points_.assign(points_.end() - static_cast<std::ptrdiff_t>(std::min(count, points_.size())), points_.end());
    return part;
}

server_trend series::server() const {
    server_trend trend;
    line_fit rss, descriptors, delivery;
    for (const auto& one : points_) {
        if (one.phase != "load") continue;
        if (one.rss_bytes) {
            trend.rss_bytes = static_cast<double>(*one.rss_bytes);
            rss.add(one.at_seconds, *trend.rss_bytes);
        }
        if (one.descriptors) {
            trend.descriptors = static_cast<double>(*one.descriptors);
            descriptors.add(one.at_seconds, *trend.descriptors);
        }
        if (one.delivered != 0) delivery.add(one.at_seconds, static_cast<double>(one.delivery_p99.count()));
    }
    trend.rss_growth = rss.growth();
    trend.descriptors_growth = descriptors.growth();
    trend.delivery_p99_growth = delivery.growth();
    return trend;
}

} // namespace wsd::loadgen
