#include "loadgen/report/assets.hpp"
#include "loadgen/report/formats.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <span>
#include <vector>

namespace wsd::loadgen {
namespace {

namespace json = boost::json;

constexpr std::size_t points_max = 600; // of a line, about as many as there are pixels
constexpr std::size_t rows_max = 60;    // of the table
constexpr double nines_max = 4;
constexpr int parts_of_nine = 20;

struct line {
    std::string_view name;
    std::string_view member;
};

double field(const json::value& point, std::string_view name) {
    const auto* value = point.as_object().if_contains(name);
    return value == nullptr ? 0 : value->to_number<double>();
}

// In JSON and in the table; nothing but digits, sign, point and exponent.
std::string figure(double value) {
    if (!std::isfinite(value)) return "null";
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), std::abs(value) >= 1e4 ? "%.0f" : "%.4g", value);
    return text.data();
}

// The numbers of one line as a JSON array.
class list {
  public:
    void add(const std::optional<double>& value) {
        text_ += (text_.empty() ? "" : ",") + (value ? figure(*value) : "null");
    }
    [[nodiscard]] std::string finish() const { return '[' + text_ + ']'; }

  private:
    std::string text_;
};

// The description of one chart for charts.js. Titles and names are ours.
class chart {
  public:
    chart(std::string_view title, bool nines, const list& x)
        : text_("{\"title\":\"" + std::string(title) + "\",\"nines\":" + (nines ? "true" : "false") +
                ",\"x\":" + x.finish() + ",\"lines\":[") {}
    void add(std::string_view name, const list& y) {
        text_ +=
            std::string(lines_++ == 0 ? "" : ",") + "{\"name\":\"" + std::string(name) + "\",\"y\":" + y.finish() + '}';
    }
    [[nodiscard]] std::string finish() const { return lines_ == 0 ? "" : text_ + "]}"; }

  private:
    std::string text_;
    int lines_ = 0;
};

// Of a long run some seconds are one point.
struct grouping {
    const json::array& series;
    std::size_t seconds;
    grouping(const json::array& of, std::size_t most)
        : series(of), seconds((of.size() + most - 1) / std::max(most, std::size_t{1})) {}

    // visit(first, behind the last)
    template <class Visit> void for_each(Visit&& visit) const {
        for (std::size_t i = 0; i < series.size(); i += seconds) visit(i, std::min(i + seconds, series.size()));
    }
    // The highest stands for all of a point.
    [[nodiscard]] double highest(std::string_view member, std::size_t from, std::size_t to) const {
        double most = 0;
        for (std::size_t i = from; i < to; ++i) most = std::max(most, field(series[i], member));
        return most;
    }
};

// Lines over the seconds of the run; empty when there is nothing to draw.
std::string over_time(std::string_view title, const json::array& series, std::initializer_list<line> lines) {
    double most = 0;
    for (const auto& point : series)
        for (const auto& one : lines) most = std::max(most, field(point, one.member));
    if (series.size() < 2 || most <= 0) return "";
    const grouping points(series, points_max);
    list x;
    points.for_each([&](std::size_t from, std::size_t) { x.add(field(series[from], "second")); });
    chart drawn(title, false, x);
    for (const auto& one : lines) {
        list y;
        points.for_each([&](std::size_t from, std::size_t to) { y.add(points.highest(one.member, from, to)); });
        drawn.add(one.name, y);
    }
    return drawn.finish();
}

// What the share of the records that is so many nines did not exceed, for every twentieth of a nine.
list by_nines(const json::array& buckets) {
    double total = 0;
    for (const auto& bucket : buckets) total += bucket.as_array()[1].to_number<double>();
    list y;
    std::size_t at = 0;
    double seen = 0;
    for (int part = 0; part <= static_cast<int>(nines_max) * parts_of_nine; ++part) {
        const double left = total * std::pow(10, -static_cast<double>(part) / parts_of_nine);
        // Where less than one record is left, nothing is known.
        if (left < 0.999) {
            y.add(std::nullopt);
            continue;
        }
        while (at + 1 < buckets.size() && seen + buckets[at].as_array()[1].to_number<double>() < total - left - 1e-6) {
            seen += buckets[at].as_array()[1].to_number<double>();
            ++at;
        }
        y.add(std::max(1e-3, buckets[at].as_array()[0].to_number<double>()));
    }
    return y;
}

std::string distribution(const json::object& histograms) {
    list x;
    for (int part = 0; part <= static_cast<int>(nines_max) * parts_of_nine; ++part)
        x.add(static_cast<double>(part) / parts_of_nine);
    chart drawn("latency in ms by share of the records", true, x);
    for (const auto& one : {line{"acknowledgement", "ack"}, line{"uncorrected", "ackUncorrected"},
                            line{"delivery", "delivery"}, line{"reconnect", "reconnect"}}) {
        const auto* buckets = histograms.if_contains(one.member);
        if (buckets != nullptr && !buckets->as_array().empty()) drawn.add(one.name, by_nines(buckets->as_array()));
    }
    return drawn.finish();
}

std::string describe_charts(const json::object& report) {
    const auto& series = report.at("series").as_array();
    std::string text;
    for (const auto& one :
         {over_time("messages per second", series,
                    {{"sent", "sent"}, {"acknowledged", "acked"}, {"delivered", "delivered"}}),
          over_time("latency in ms", series,
                    {{"acknowledgement p50", "ackP50Ms"},
                     {"acknowledgement p99", "ackP99Ms"},
                     {"delivery p50", "deliveryP50Ms"},
                     {"delivery p99", "deliveryP99Ms"}}),
          distribution(report.at("histograms").as_object()), over_time("connections", series, {{"live", "live"}}),
          over_time("memory of the server in bytes", series, {{"resident", "serverRssBytes"}}),
          over_time("descriptors of the server", series, {{"open", "serverDescriptors"}})})
        if (!one.empty()) text += (text.empty() ? "" : ",") + one;
    return "{\"charts\":[" + text + "]}";
}

// The same without scripts, in fewer points.
std::string describe_seconds(const json::array& series) {
    if (series.empty()) return "";
    constexpr std::array columns{line{"live", "live"},
                                 line{"sent", "sent"},
                                 line{"acked", "acked"},
                                 line{"delivered", "delivered"},
                                 line{"refused", "refused"},
                                 line{"ack p50, ms", "ackP50Ms"},
                                 line{"ack p99, ms", "ackP99Ms"},
                                 line{"delivery p50, ms", "deliveryP50Ms"},
                                 line{"delivery p99, ms", "deliveryP99Ms"},
                                 line{"server, bytes", "serverRssBytes"},
                                 line{"server, descriptors", "serverDescriptors"}};
    const grouping rows(series, rows_max);
    std::string text = "<details><summary>Figures over time</summary>\n";
    if (rows.seconds > 1) text += "<p>The highest of " + std::to_string(rows.seconds) + " seconds each.</p>\n";
    text += "<div class=\"figures\"><table><tr><th>second</th><th>phase</th>";
    for (const auto& one : columns) text += "<th>" + escape_markup(one.name) + "</th>";
    text += "</tr>\n";
    rows.for_each([&](std::size_t from, std::size_t to) {
        text += "<tr><td>" + figure(field(series[from], "second")) + "</td><td>" +
                escape_markup(series[from].at("phase").as_string()) + "</td>";
        for (const auto& one : columns) text += "<td>" + figure(rows.highest(one.member, from, to)) + "</td>";
        text += "</tr>\n";
    });
    return text + "</table></div></details>\n";
}

constexpr const char* head = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>wsload</title>
)";

} // namespace

std::string report_as_html(const json::object& report) {
    const bool ok = report.at("exit").to_number<int>() == 0;
    std::string page = head;
    page.append("<style>").append(uplot_css).append(page_css).append("</style></head><body>\n");
    page += "<h1>wsload " + escape_markup(report.at("run").at("scenario").as_string()) + "</h1>\n<p class=\"" +
            (ok ? "ok\">ok" : "broken\">" + escape_markup(report.at("problem").as_string())) + "</p>\n<pre>" +
            escape_markup(report_as_text(report)) + "</pre>\n<div id=\"charts\"></div>\n" +
            "<noscript><p>The charts need scripts; the figures are here without.</p></noscript>\n" +
            describe_seconds(report.at("series").as_array()) + "<p>" +
            escape_markup(report.at("run").at("commandLine").as_string()) + "</p>\n";
    page += "<script type=\"application/json\" id=\"data\">" + describe_charts(report) + "</script>\n";
    page.append("<script>").append(uplot_js).append("</script>\n<script>").append(charts_js).append("</script>\n");
    return page + "</body></html>\n";
}

} // namespace wsd::loadgen
