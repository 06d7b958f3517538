#include "loadgen/report/metrics.hpp"

#include "common/base/nearest.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

namespace wsd::loadgen {
namespace {

using enum metric_unit;

struct statistic {
    std::string_view suffix;
    double share; // of the records; the others are not percentiles
};
constexpr std::array statistics{
    statistic{".p50", 0.5},  statistic{".p90", 0.9},    statistic{".p95", 0.95},
    statistic{".p99", 0.99}, statistic{".p999", 0.999}, statistic{".max", 1},
    statistic{".min", -1},   statistic{".mean", -1},    statistic{".count", -1},
};

std::optional<double> read_statistic(const histogram& times, const statistic& which) {
    if (which.suffix == ".count") return static_cast<double>(times.count());
    if (times.count() == 0) return std::nullopt;
    const auto value = which.suffix == ".min"    ? times.min()
                       : which.suffix == ".mean" ? times.mean()
                                                 : times.percentile(which.share);
    return static_cast<double>(value.count()) / 1e6;
}

struct scalar {
    std::string_view name;
    metric_unit unit;
    bool more_is_better;
    std::string_view meaning;
    std::optional<double> (*read)(const run_report& report);
};

template <auto Member> std::optional<double> read_count(const run_report& report) {
    return static_cast<double>(report.count.*Member);
}
// Faults are known only when the ledger was closed.
template <auto Member> std::optional<double> read_fault(const run_report& report) {
    if (!report.judged) return std::nullopt;
    return static_cast<double>(report.faults.*Member);
}
template <auto Member> std::optional<double> read_rate(const run_report& report) {
    if (report.load_seconds <= 0) return std::nullopt;
    return static_cast<double>(report.count.*Member) / report.load_seconds;
}
template <auto Member> std::optional<double> read_server(const run_report& report) {
    return report.series.server().*Member;
}

constexpr std::array scalars{
    scalar{"faults", count, false, "all that follow up to malformed",
           [](const run_report& report) -> std::optional<double> {
               if (!report.judged) return std::nullopt;
               return static_cast<double>(report.faults.total() + report.count.malformed);
           }},
    scalar{"lost", count, false, "acknowledged and never shown", read_fault<&fault_counts::lost>},
    scalar{"duplicated", count, false, "shown twice", read_fault<&fault_counts::duplicated>},
    scalar{"reordered", count, false, "shown after a later one", read_fault<&fault_counts::reordered>},
    scalar{"misdelivered", count, false, "shown to somebody else", read_fault<&fault_counts::misdelivered>},
    scalar{"corrupt", count, false, "shown with another content", read_fault<&fault_counts::corrupt>},
    scalar{"phantom", count, false, "shown and never sent", read_fault<&fault_counts::phantom>},
    scalar{"gaps", count, false, "left out of the live stream without a word", read_fault<&fault_counts::gaps>},
    scalar{"stray_replies", count, false, "answers to nothing", read_fault<&fault_counts::stray_replies>},
    scalar{"unanswered", count, false, "neither acknowledged nor refused", read_fault<&fault_counts::unanswered>},
    scalar{"malformed", count, false, "frames that break the protocol", read_count<&counters::malformed>},
    scalar{
        "checks_broken", count, false, "expectations of the scenario that were not met",
        [](const run_report& report) -> std::optional<double> { return static_cast<double>(report.checks.broken()); }},
    scalar{"live", count, true, "connections at the end", read_count<&counters::live>},
    scalar{"upgrades", count, true, "connections that were upgraded", read_count<&counters::upgrades>},
    scalar{"cuts", count, true, "connections broken on purpose", read_count<&counters::cuts>},
    scalar{"resumes", count, true, "connections that came back", read_count<&counters::resumes>},
    scalar{"connect_failures", count, false, "attempts to connect that failed",
           [](const run_report& report) -> std::optional<double> {
               return static_cast<double>(report.names.connect_failures.total());
           }},
    scalar{"closes", count, false, "connections that the server ended",
           [](const run_report& report) -> std::optional<double> {
               return static_cast<double>(report.names.closes.total());
           }},
    scalar{"unverified", count, false, "connections that could not be resumed at the end",
           [](const run_report& report) -> std::optional<double> { return static_cast<double>(report.unverified); }},
    scalar{"sent", count, true, "different messages", read_count<&counters::sent>},
    scalar{"sent_again", count, false, "repeated after a break", read_count<&counters::repeated>},
    scalar{"skipped", count, false, "not sent, too many were unanswered", read_count<&counters::skipped>},
    scalar{"acked", count, true, "messages acknowledged", read_count<&counters::acked>},
    scalar{"refused", count, false, "messages refused", read_count<&counters::refused>},
    scalar{"delivered", count, true, "first deliveries to recipients", read_count<&counters::delivered>},
    scalar{"replayed", count, true, "of them by a resume", read_count<&counters::replayed>},
    scalar{"reported_gaps", count, false, "entries that the server said were gone",
           read_count<&counters::reported_gaps>},
    scalar{"rate.sent", per_second, true, "messages sent per second of the load", read_rate<&counters::sent>},
    scalar{"rate.acked", per_second, true, "messages acknowledged per second", read_rate<&counters::acked>},
    scalar{"rate.delivered", per_second, true, "deliveries per second", read_rate<&counters::delivered>},
    scalar{"rate.upgrades", per_second, true, "connections per second of the ramp",
           [](const run_report& report) -> std::optional<double> {
               if (!report.ramped || report.ramp_seconds <= 0) return std::nullopt;
               return report.options.connections / report.ramp_seconds;
           }},
    scalar{"capacity", per_second, true, "the highest rate at which every threshold held (capacity)",
           [](const run_report& report) { return report.capacity; }},
    scalar{"cpu", share, false, "of one core, by wsload's busiest thread",
           [](const run_report& report) -> std::optional<double> { return report.cpu_share; }},
    scalar{"server.rss", bytes, false, "memory of the server at the end of the load (--pid, --exec)",
           read_server<&server_trend::rss_bytes>},
    scalar{"server.rss.growth", share, false, "of its memory over the load, by a line through all samples",
           read_server<&server_trend::rss_growth>},
    scalar{"server.fds", count, false, "descriptors of the server at the end of the load",
           read_server<&server_trend::descriptors>},
    scalar{"server.fds.growth", share, false, "of its descriptors over the load",
           read_server<&server_trend::descriptors_growth>},
    scalar{"deliver.p99.growth", share, false, "of the per-second p99 of deliveries over the load",
           read_server<&server_trend::delivery_p99_growth>},
};

std::string spelled(std::string_view name) {
    std::string text(name);
    if (text.ends_with(".p99.9")) text.replace(text.size() - 2, 2, "9");
    return text;
}

// Where a name stands: the statistics of all histograms first, then the scalars.
std::optional<std::size_t> place_of(std::string_view given) {
    const auto name = spelled(given);
    for (std::size_t place = 0; place < metric_count(); ++place)
        if (metric_at(place).name == name) return place;
    return std::nullopt;
}

constexpr std::size_t statistic_count() { return latency_table.size() * statistics.size(); }

// The number and what follows it.
std::optional<double> parse_limit(std::string_view text, metric_unit unit) {
    const auto to_optional = [](const auto& value) -> std::optional<double> {
        return value ? std::optional(*value) : std::nullopt;
    };
    switch (unit) {
    case milliseconds: {
        // Seconds and milliseconds are easily taken for each other, so that a bare number is refused.
        const bool bare = text.empty() || (text.back() >= '0' && text.back() <= '9');
        const auto value = parse_duration(text);
        if (!value || (bare && text != "0")) return std::nullopt;
        return static_cast<double>(value->count()) / 1e6;
    }
    case share: {
        const bool percent = text.ends_with('%');
        if (percent) text.remove_suffix(1);
        const bool negative = text.starts_with('-');
        const auto value = parse_number(negative ? text.substr(1) : text);
        if (!value) return std::nullopt;
        return *value * (negative ? -1 : 1) / (percent ? 100 : 1);
    }
    default:
        return to_optional(parse_number(text));
    }
}

std::string_view allowed_values(metric_unit unit) {
    switch (unit) {
    case milliseconds:
        return "a time with its unit, like 50ms";
    case share:
        return "a share, like 5% or 0.05";
    default:
        return "a number ≥ 0, like 0 or 2.5k";
    }
}

struct spelling {
    std::string_view text;
    comparison how;
};
// The longer ones first.
constexpr std::array spellings{
    spelling{"<=", comparison::at_most}, spelling{">=", comparison::at_least}, spelling{"==", comparison::equal},
    spelling{"!=", comparison::unequal}, spelling{"<", comparison::less},      spelling{">", comparison::greater},
};

std::string_view trim(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

} // namespace

std::size_t metric_count() { return statistic_count() + scalars.size(); }

metric_name metric_at(std::size_t place) {
    if (place < statistic_count()) {
        const auto& of = latency_table[place / statistics.size()];
        const auto& which = statistics[place % statistics.size()];
        const bool counts = which.suffix == ".count";
        return {std::string(of.metric).append(which.suffix), counts ? count : milliseconds, counts};
    }
    const auto& one = scalars[place - statistic_count()];
    return {std::string(one.name), one.unit, one.more_is_better};
}

std::optional<metric_name> find_metric(std::string_view name) {
    const auto place = place_of(name);
    if (!place) return std::nullopt;
    return metric_at(*place);
}

std::optional<double> read_metric(const run_report& report, std::string_view name) {
    const auto place = place_of(name);
    if (!place) return std::nullopt;
    if (*place >= statistic_count()) return scalars[*place - statistic_count()].read(report);
    const auto& of = latency_table[*place / statistics.size()];
    return read_statistic(report.times.*(of.times), statistics[*place % statistics.size()]);
}

std::string nearest_metric(std::string_view name) {
    std::vector<std::string> names;
    names.reserve(metric_count());
    for (std::size_t place = 0; place < metric_count(); ++place) names.push_back(metric_at(place).name);
    return nearest_name(name, names);
}

std::string describe_metrics() {
    std::string text;
    for (const auto& one : latency_table) text.append("  ").append(one.metric).append(": ").append(one.meaning) += '\n';
    text += "    each with .p50 .p90 .p95 .p99 .p999 .max .min .mean (times) and .count\n";
    for (const auto& one : scalars) text.append("  ").append(one.name).append(": ").append(one.meaning) += '\n';
    return text;
}

setup_result<gate> parse_gate(std::string_view text) {
    const auto at = text.find_first_of("<>=!");
    const std::string_view rest = at == std::string_view::npos ? "" : text.substr(at);
    const auto how = std::ranges::find_if(spellings, [&](const auto& one) { return rest.starts_with(one.text); });
    if (how == spellings.end())
        return setup_error{"expected NAME and a limit with one of < <= == != >= >, like deliver.p99<50ms"};
    const auto name = trim(text.substr(0, at));
    const auto metric = find_metric(name);
    if (!metric) {
        return setup_error{"unknown metric '" + std::string(name) + "'; did you mean " + nearest_metric(name) +
                           "? 'wsload explain metrics' lists them"};
    }
    const auto limit = parse_limit(trim(rest.substr(how->text.size())), metric->unit);
    if (!limit) return setup_error{"expected " + std::string(allowed_values(metric->unit))};
    return gate{.text = std::string(text), .metric = metric->name, .how = how->how, .limit = *limit};
}

bool holds(const gate& what, std::optional<double> value) {
    if (!value) return false;
    switch (what.how) {
    case comparison::less:
        return *value < what.limit;
    case comparison::at_most:
        return *value <= what.limit;
    case comparison::equal:
        return *value == what.limit;
    case comparison::unequal:
        return *value != what.limit;
    case comparison::at_least:
        return *value >= what.limit;
    case comparison::greater:
        return *value > what.limit;
    }
    return false;
}

std::string format_metric(double value, metric_unit unit) {
    std::array<char, 48> text{};
    switch (unit) {
    case milliseconds:
        return format_duration(std::chrono::nanoseconds(static_cast<std::int64_t>(value * 1e6)));
    case share:
        std::snprintf(text.data(), text.size(), "%.1f%%", value * 100);
        return text.data();
    case bytes:
        return format_count(value) + "B";
    case per_second:
        return format_count(value) + "/s";
    case count:
        break;
    }
    std::snprintf(text.data(), text.size(), "%.0f", value);
    return text.data();
}

} // namespace wsd::loadgen
