#include "loadgen/report/status.hpp"

#include "loadgen/report/run_report.hpp"
#include "loadgen/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace wsd::loadgen {
namespace {

constexpr std::size_t label_width = 14;
constexpr std::size_t spark_width_max = 60; // seconds
constexpr std::size_t spark_figures = 30;   // columns behind it
constexpr std::size_t bar_width = 20;
constexpr std::size_t codes_max = 4;

constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view cyan = "\x1b[36m";
constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view plain = "\x1b[0m";

std::string number(std::uint64_t value) { return format_count(static_cast<double>(value)); }

std::string label(std::string_view name) {
    std::string out(name);
    out.resize(std::max(label_width, out.size() + 1), ' ');
    return out;
}

std::string seconds(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1fs", value);
    return text.data();
}

// Codes come from the server: nothing in them may move the cursor, or be wider than it seems.
std::string printable(std::string_view name) {
    std::string out(name);
    for (char& c : out)
        if (c < ' ' || c > '~') c = '?';
    return out;
}

// The most frequent codes of all kinds; empty when there were none.
std::string top_codes(const tallies& names) {
    std::vector<std::pair<std::uint64_t, std::string>> all;
    const auto take = [&all](const tally& from, std::string_view prefix) {
        from.for_each([&](std::string_view name, std::uint64_t count) {
            all.emplace_back(count, std::string(prefix) + printable(name));
        });
    };
    take(names.connect_failures, "");
    take(names.refusals, "");
    take(names.notices, "");
    take(names.closes, "close ");
    take(names.malformed, "malformed ");
    std::ranges::sort(all, [](const auto& one, const auto& other) {
        return one.first != other.first ? one.first > other.first : one.second < other.second;
    });
    std::string out;
    for (std::size_t i = 0; i < std::min(all.size(), codes_max); ++i)
        out.append(i == 0 ? "" : " · ").append(all[i].second).append(" x ").append(number(all[i].first));
    if (all.size() > codes_max) out += " · ...";
    return out;
}

std::string stage(const run_status& status) {
    if (status.stages < 2) return "";
    return "stage " + std::to_string(status.stage) + " of " + std::to_string(status.stages) + ", " +
           format_count(status.stage_rate) + "/s";
}

std::string progress(const run_status& status) {
    auto out = label(status.scenario) + std::string(status.phase) + ' ' + seconds(status.seconds);
    if (status.seconds_max > 0) {
        const double share = std::clamp(status.seconds / status.seconds_max, 0.0, 1.0);
        const auto full = static_cast<std::size_t>(share * bar_width);
        out += " of " + seconds(status.seconds_max) + "  ";
        for (std::size_t i = 0; i < bar_width; ++i) out += i < full ? "█" : "░";
        out += ' ' + std::to_string(std::lround(share * 100)) + '%';
    }
    const auto which = stage(status);
    return which.empty() ? out : out + "  " + which;
}

std::string connections(const run_status& status) {
    const auto& count = status.count;
    auto out = label("connections") + number(count.live) + " live · " + number(count.connecting) + " connecting";
    if (count.dead != 0) out += " · " + number(count.dead) + " dead";
    if (status.upgrades_per_second > 0) out += " · " + format_count(status.upgrades_per_second) + " upgrades/s";
    if (count.resumes != 0) out += " · " + number(count.resumes) + " resumes";
    return out;
}

std::string messages(const run_status& status) {
    const auto& count = status.count;
    return label("messages") + format_count(status.sent_per_second) + " sent/s · " +
           format_count(status.delivered_per_second) + " delivered/s · " + number(count.unanswered) + " unanswered · " +
           number(count.refused) + " refused";
}

// The last of them, as many as there is room for.
template <class Read> std::vector<double> recent(const series& past, const screen& on, Read&& read) {
    const std::size_t beside = label_width + spark_figures;
    const std::size_t room = on.columns > beside + 8 ? std::min(on.columns - beside, spark_width_max) : std::size_t{8};
    std::vector<double> values;
    past.for_each([&](const series_point& one) { values.push_back(read(one)); });
    if (values.size() > room) values.erase(values.begin(), values.end() - static_cast<std::ptrdiff_t>(room));
    return values;
}

std::string curve(std::string_view name, const std::vector<double>& values, const std::string& figures) {
    return label(name) + sparkline(values) + (values.empty() ? "" : " ") + figures;
}

std::string rate(const run_status& status, const screen& on) {
    const bool sends = status.count.scheduled != 0;
    const auto values = recent(status.past, on, [sends](const series_point& one) {
        return static_cast<double>(sends ? one.acked : one.upgrades);
    });
    const double most = values.empty() ? 0 : std::ranges::max(values);
    const double last = values.empty() ? 0 : values.back();
    return curve(sends ? "acked/s" : "upgrades/s", values, format_count(last) + ", at most " + format_count(most));
}

std::string latency(const run_status& status, const screen& on) {
    const bool delivers = status.count.delivered != 0;
    const auto values = recent(status.past, on, [delivers](const series_point& one) {
        return static_cast<double>((delivers ? one.delivery_p99 : one.ack_p99).count());
    });
    auto figures = format_duration(delivers ? status.delivery_p99 : status.ack_p99);
    if (status.lag_p99 > saturated_lag) {
        figures += ", LAG " + format_duration(status.lag_p99);
    } else if (delivers) {
        figures += ", ack " + format_duration(status.ack_p99);
    }
    return curve(delivers ? "delivery p99" : "ack p99", values, figures);
}

// Every character is one column wide: what is printed here is chosen so.
std::string cut(const std::string& text, std::size_t columns) {
    std::size_t seen = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
        if (begins && seen++ == columns) return text.substr(0, at);
    }
    return text;
}

} // namespace

std::string format_status(const run_status& status) {
    const auto& count = status.count;
    std::string out = std::string(status.phase) + ' ' + seconds(status.seconds);
    if (status.seconds_max > 0) out += " of " + seconds(status.seconds_max);
    if (const auto which = stage(status); !which.empty()) out += ", " + which;
    out += " | " + number(count.live) + " live";
    if (count.connecting != 0) out += ", " + number(count.connecting) + " connecting";
    if (count.dead != 0) out += ", " + number(count.dead) + " dead";
    if (status.upgrades_per_second > 0) out += " | " + format_count(status.upgrades_per_second) + " upgrades/s";
    if (count.scheduled != 0) {
        out += " | " + format_count(status.sent_per_second) + " sent/s, " + format_count(status.delivered_per_second) +
               " delivered/s | p99 ack " + format_duration(status.ack_p99) + ", delivery " +
               format_duration(status.delivery_p99);
        if (count.unanswered != 0) out += " | " + number(count.unanswered) + " unanswered";
        if (count.refused != 0) out += " | " + number(count.refused) + " refused";
        if (status.lag_p99 > saturated_lag) out += " | LAG " + format_duration(status.lag_p99);
    }
    if (const auto codes = top_codes(status.names); !codes.empty()) out += " | " + codes;
    return out;
}

std::string sparkline(const std::vector<double>& values) {
    constexpr std::array<std::string_view, 8> levels{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const double most = values.empty() ? 0 : std::ranges::max(values);
    std::string out;
    for (const double value : values) {
        const double share = most > 0 ? std::clamp(value / most, 0.0, 1.0) : 0.0;
        out += levels[static_cast<std::size_t>(std::lround(share * static_cast<double>(levels.size() - 1)))];
    }
    return out;
}

std::vector<std::string> draw_status(const run_status& status, const screen& on) {
    const auto codes = top_codes(status.names);
    struct row {
        std::string text;
        std::string_view colour;
    };
    std::vector<row> rows{{progress(status), bold}, {connections(status), status.count.dead != 0 ? red : ""}};
    if (status.count.scheduled != 0) rows.push_back({messages(status), ""});
    rows.push_back({rate(status, on), cyan});
    if (status.count.scheduled != 0) rows.push_back({latency(status, on), status.lag_p99 > saturated_lag ? red : cyan});
    rows.push_back({label("errors") + (codes.empty() ? "none" : codes), codes.empty() ? "" : red});
    std::vector<std::string> lines;
    for (const auto& [text, colour] : rows) {
        // The last column stays free: some terminals go to the next line as soon as it is written to.
        if (lines.size() + 1 >= std::max<std::size_t>(on.rows, 2)) break;
        auto line = cut(text, std::max<std::size_t>(on.columns, 2) - 1);
        lines.push_back(on.colour && !colour.empty() ? std::string(colour) + line + std::string(plain) : line);
    }
    return lines;
}

std::string status_display::redraw(const run_status& status, const screen& on) {
    auto out = go_back();
    const auto lines = draw_status(status, on);
    for (const auto& line : lines) out += line + "\x1b[K\n";
    drawn_ = lines.size();
    return out + "\x1b[J";
}

std::string status_display::erase() {
    if (drawn_ == 0) return "";
    auto out = go_back() + "\x1b[J";
    drawn_ = 0;
    return out;
}

std::string status_display::go_back() { return drawn_ == 0 ? "\r" : "\r\x1b[" + std::to_string(drawn_) + 'A'; }

} // namespace wsd::loadgen
