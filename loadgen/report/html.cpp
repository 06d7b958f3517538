#include "loadgen/report/formats.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace wsd::loadgen {
namespace {

namespace json = boost::json;

// A drawing area with its own scales. Coordinates of points are those of the data.
class chart {
  public:
    struct scale {
        double x_from = 0, x_to = 1, y_to = 1;
        bool y_logarithmic = false;
        double y_from = 0;
    };
    chart(std::string_view title, const scale& of) : scale_(of) {
        body_ =
            "<figure><figcaption>" + escape_markup(title) + "</figcaption><svg viewBox=\"0 0 720 240\" role=\"img\">";
    }

    void label_y(double value, const std::string& text) {
        const auto y = place(to_y(value));
        body_ += "<line class=\"grid\" x1=\"60\" x2=\"710\" y1=\"" + y + "\" y2=\"" + y + "\"/><text x=\"54\" y=\"" +
                 y + "\" text-anchor=\"end\" dy=\"4\">" + escape_markup(text) + "</text>";
    }
    void label_x(double value, const std::string& text) {
        body_ += "<text x=\"" + place(to_x(value)) + "\" y=\"232\" text-anchor=\"middle\">" + escape_markup(text) +
                 "</text>";
    }
    void begin_line() { points_.clear(); }
    void add_point(double x, double y) { points_ += place(to_x(x)) + "," + place(to_y(y)) + " "; }
    void end_line(std::string_view name) {
        const auto number = std::to_string(lines_);
        body_ += "<polyline class=\"c" + number + "\" points=\"" + points_ + "\"/>";
        legend_ += "<span class=\"k" + number + "\">" + escape_markup(name) + "</span> ";
        ++lines_;
    }
    [[nodiscard]] std::string finish() const { return body_ + "</svg><p>" + legend_ + "</p></figure>\n"; }

  private:
    static std::string place(double value) {
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "%.1f", value);
        return text.data();
    }
    [[nodiscard]] double to_x(double value) const {
        return 60 + 650 * (value - scale_.x_from) / std::max(scale_.x_to - scale_.x_from, 1e-9);
    }
    [[nodiscard]] double to_y(double value) const {
        double share = 0;
        if (scale_.y_logarithmic) {
            const double low = std::log10(scale_.y_from);
            share = (std::log10(std::max(value, scale_.y_from)) - low) / std::max(std::log10(scale_.y_to) - low, 1e-9);
        } else {
            share = value / std::max(scale_.y_to, 1e-9);
        }
        return 215 - 205 * std::clamp(share, 0.0, 1.0);
    }

    scale scale_;
    std::string body_, legend_, points_;
    int lines_ = 0;
};

std::string short_number(double value) {
    std::array<char, 32> text{};
    if (value >= 1e6) {
        std::snprintf(text.data(), text.size(), "%.3gM", value / 1e6);
    } else if (value >= 1e3) {
        std::snprintf(text.data(), text.size(), "%.3gk", value / 1e3);
    } else {
        std::snprintf(text.data(), text.size(), "%.3g", value);
    }
    return text.data();
}

double field(const json::value& point, std::string_view name) {
    const auto* value = point.as_object().if_contains(name);
    return value == nullptr ? 0 : value->to_number<double>();
}

struct line {
    std::string_view name;
    std::string_view member;
};

constexpr std::size_t points_max = 700; // of a line, as many as there are pixels

// Lines over the seconds of the run; empty when there is nothing to draw.
template <std::size_t N>
std::string over_time(std::string_view title, const json::array& series, const std::array<line, N>& lines) {
    double most = 0, last = 0;
    for (const auto& point : series) {
        last = field(point, "second");
        for (const auto& one : lines) most = std::max(most, field(point, one.member));
    }
    if (series.size() < 2 || most <= 0) return "";
    chart drawn(title, {.x_from = field(series.front(), "second"), .x_to = last, .y_to = most * 1.05});
    for (int part = 0; part <= 4; ++part) drawn.label_y(most * part / 4, short_number(most * part / 4));
    for (int part = 0; part <= 5; ++part) {
        const double from = field(series.front(), "second");
        const double at = from + (last - from) * part / 5;
        drawn.label_x(at, short_number(at) + " s");
    }
    // Of a long run the highest of some seconds stands for them.
    const std::size_t group = series.size() / points_max + 1;
    for (const auto& one : lines) {
        drawn.begin_line();
        for (std::size_t i = 0; i < series.size(); i += group) {
            double highest = 0;
            for (std::size_t j = i; j < std::min(i + group, series.size()); ++j)
                highest = std::max(highest, field(series[j], one.member));
            drawn.add_point(field(series[i], "second"), highest);
        }
        drawn.end_line(one.name);
    }
    return drawn.finish();
}

// How many nines of the records were not slower than what; the usual form of latency distributions.
std::string distribution(const json::object& histograms) {
    constexpr std::array lines{line{"acknowledgement", "ack"}, line{"uncorrected", "ackUncorrected"},
                               line{"delivery", "delivery"}, line{"reconnect", "reconnect"}};
    constexpr double nines_max = 4;
    double least = HUGE_VAL, most = 0;
    for (const auto& one : lines) {
        const auto* buckets = histograms.if_contains(one.member);
        if (buckets == nullptr) continue;
        least = std::min(least, std::max(1e-3, buckets->as_array().front().as_array()[0].to_number<double>()));
        most = std::max(most, buckets->as_array().back().as_array()[0].to_number<double>());
    }
    if (most <= 0) return "";
    chart drawn("latency in ms by share of the records", {.x_to = nines_max,
                                                          .y_to = most,
                                                          .y_logarithmic = true,
                                                          .y_from = std::pow(10, std::floor(std::log10(least)))});
    for (double decade = std::pow(10, std::floor(std::log10(least))); decade <= most; decade *= 10)
        drawn.label_y(decade, short_number(decade));
    for (const auto& [at, text] :
         {std::pair{0.0, "0"}, {1.0, "90 %"}, {2.0, "99 %"}, {3.0, "99.9 %"}, {4.0, "99.99 %"}})
        drawn.label_x(at, text);
    for (const auto& one : lines) {
        const auto* buckets = histograms.if_contains(one.member);
        if (buckets == nullptr) continue;
        double total = 0, seen = 0;
        for (const auto& bucket : buckets->as_array()) total += bucket.as_array()[1].to_number<double>();
        drawn.begin_line();
        for (const auto& bucket : buckets->as_array()) {
            const double nines = -std::log10(std::max(1 - seen / total, 1e-9));
            if (nines <= nines_max) drawn.add_point(nines, bucket.as_array()[0].to_number<double>());
            seen += bucket.as_array()[1].to_number<double>();
        }
        drawn.end_line(one.name);
    }
    return drawn.finish();
}

constexpr const char* head = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>wsload</title><style>
body{font:15px/1.4 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
pre{background:#f4f4f4;padding:1rem;overflow-x:auto}figure{margin:1.5rem 0}figcaption{font-weight:600}
svg{width:100%;height:auto}text{font-size:11px;fill:#666}.grid{stroke:#ddd}polyline{fill:none;stroke-width:1.8}
.ok{color:#167a3b}.broken{color:#b3261e}
.c0{stroke:#1f77b4}.c1{stroke:#d9731a}.c2{stroke:#2a9d4a}.c3{stroke:#8a56b8}
.k0{color:#1f77b4}.k1{color:#d9731a}.k2{color:#2a9d4a}.k3{color:#8a56b8}
</style></head><body>
)";

} // namespace

std::string report_as_html(const json::object& report) {
    const bool ok = report.at("exit").to_number<int>() == 0;
    const auto& series = report.at("series").as_array();
    std::string page = head;
    page += "<h1>wsload " + escape_markup(report.at("run").at("scenario").as_string()) + "</h1>\n<p class=\"" +
            (ok ? "ok\">ok" : "broken\">" + escape_markup(report.at("problem").as_string())) + "</p>\n<pre>" +
            escape_markup(report_as_text(report)) + "</pre>\n";
    page += over_time("messages per second", series,
                      std::array{line{"sent", "sent"}, line{"acknowledged", "acked"}, line{"delivered", "delivered"}});
    page += over_time("latency in ms", series,
                      std::array{line{"acknowledgement p50", "ackP50Ms"}, line{"acknowledgement p99", "ackP99Ms"},
                                 line{"delivery p50", "deliveryP50Ms"}, line{"delivery p99", "deliveryP99Ms"}});
    page += distribution(report.at("histograms").as_object());
    page += over_time("connections", series, std::array{line{"live", "live"}});
    page += over_time("memory of the server in bytes", series, std::array{line{"resident", "serverRssBytes"}});
    page += over_time("descriptors of the server", series, std::array{line{"open", "serverDescriptors"}});
    return page + "<p>" + escape_markup(report.at("run").at("commandLine").as_string()) + "</p>\n</body></html>\n";
}

} // namespace wsd::loadgen
