#include "loadgen/report/metrics.hpp"
#include "loadgen/scenarios/scenario.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <initializer_list>

namespace wsd::loadgen {
namespace {

constexpr std::size_t label_width = 14;
constexpr std::size_t column_width = 10;

struct item {
    std::uint64_t count;
    std::string_view name;
    bool always = true; // otherwise only when it is not 0
};

std::string label(std::string_view text) {
    std::string out(text);
    out.resize(std::max(label_width, out.size() + 1), ' ');
    return out;
}

std::string line(std::string_view name, std::initializer_list<item> items) {
    std::string out;
    for (const auto& one : items)
        if (one.always || one.count != 0)
            out.append(out.empty() ? "" : " · ").append(one.name).append(" ").append(std::to_string(one.count));
    return label(name) + out + '\n';
}

std::string line(std::string_view name, const tally& counts) {
    std::string out;
    counts.for_each([&](std::string_view what, std::uint64_t count) {
        out.append(out.empty() ? "" : " · ").append(what).append(" x ").append(std::to_string(count));
    });
    return out.empty() ? out : label(name) + out + '\n';
}

std::string per_second(std::uint64_t count, double seconds, std::string_view name) {
    return seconds <= 0 ? "" : " · " + format_count(static_cast<double>(count) / seconds) + std::string(name) + "/s";
}

std::string latency(std::string_view name, const histogram& times) {
    if (times.count() == 0) return "";
    auto out = label(name);
    for (const double share : {0.5, 0.9, 0.99, 0.999, 1.0}) {
        const auto text = format_duration(times.percentile(share));
        out.append(column_width - std::min(column_width, text.size()), ' ').append(text);
    }
    return out + '\n';
}

std::string describe_rate(const run_options& options) {
    if (options.closed) return ", CLOSED LOOP with window " + std::to_string(options.window);
    if (options.load.length().count() == 0)
        return (options.poisson ? ", open Poisson load of " : ", open load of ") +
               format_count(options.load.mean_per_second()) + " messages/s";
    std::string text;
    options.load.for_each([&](std::chrono::nanoseconds length, double per_second) {
        text.append(text.empty() ? "" : ", ").append(format_count(per_second)).append("/s for ");
        text += format_duration(length);
    });
    return (options.poisson ? ", open Poisson load in stages (" : ", open load in stages (") + text + ')';
}

std::string describe_load(const run_options& options) {
    std::string text = "  " + std::to_string(options.connections) + " connections of " + std::to_string(options.users) +
                       " users, seed " + std::to_string(options.seed);
    const auto* what = find_scenario(options.scenario);
    if (what == nullptr || !what->sends) return text + '\n';
    return text + describe_rate(options) + ", " + std::to_string(options.message_bytes) + " bytes a message\n";
}

std::string describe_connections(const run_report& report) {
    const auto& count = report.count;
    auto out = line("connections", {{count.live, "live"},
                                    {count.upgrades, "upgrades"},
                                    {count.cuts, "cut", false},
                                    {count.resumes, "resumes", false}});
    if (report.ramped) {
        out.pop_back();
        out += per_second(report.options.connections, report.ramp_seconds, " upgrades") + '\n';
    }
    return out + line("  failures", report.names.connect_failures) + line("  closed with", report.names.closes);
}

std::string describe_messages(const run_report& report) {
    const auto& count = report.count;
    std::string out = line("messages", {{count.sent, "sent"},
                                        {count.acked, "acked"},
                                        {count.refused, "refused"},
                                        {count.unanswered, "unanswered"},
                                        {count.delivered, "delivered"},
                                        {count.replayed, "of them replayed", false},
                                        {count.repeated, "sent again", false},
                                        {count.skipped, "skipped", false},
                                        {count.foreign, "of other runs", false}});
    const double seconds = report.load_seconds;
    out += label("in " + format_duration(std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9))));
    out += format_count(static_cast<double>(count.sent) / std::max(seconds, 1e-9)) + " sent/s";
    out += per_second(count.acked, seconds, " acked") + per_second(count.delivered, seconds, " delivered") + '\n';
    return out + line("  refused", report.names.refusals);
}

std::string describe_latencies(const run_report& report) {
    const bool closed = report.options.closed;
    std::string out;
    for (const auto& row : latency_table) {
        const bool corrected = row.times == &latencies::ack || row.times == &latencies::delivery;
        const bool from_send = row.times == &latencies::ack_from_send || row.times == &latencies::ack_uncorrected;
        if (row.times == &latencies::lag || (closed && from_send)) continue;
        const auto name = std::string(row.label) + (closed && corrected ? ", closed" : "");
        out += latency(name, report.times.*(row.times));
    }
    if (out.empty()) return out;
    return label("latency") + "       p50       p90       p99     p99.9       max\n" + out;
}

std::string describe_checks(const run_report& report) {
    std::string out;
    report.checks.for_each([&](const expectation& one) {
        out += label(out.empty() ? "checks" : "") + (one.met ? "ok      " : "BROKEN  ") + one.what + ": " + one.found;
        out += one.met ? "\n" : ", expected " + one.expected + '\n';
    });
    return out;
}

std::string describe_gates(const run_report& report) {
    std::string out;
    report.options.gates.for_each([&](const gate& one) {
        const auto value = read_metric(report, one.metric);
        out += label(out.empty() ? "thresholds" : "") + (holds(one, value) ? "ok      " : "BROKEN  ") + one.text + ": ";
        out += value ? format_metric(*value, find_metric(one.metric)->unit) : "not measured";
        out += '\n';
    });
    return out;
}

std::string describe_server(const run_report& report) {
    const auto trend = report.series.server();
    if (!trend.rss_bytes) return "";
    const auto growth = [](const std::optional<double>& share) {
        return share ? " (" + format_metric(*share, metric_unit::share) + " growth)" : std::string();
    };
    auto out =
        label("server") + format_metric(*trend.rss_bytes, metric_unit::bytes) + " of memory" + growth(trend.rss_growth);
    if (trend.descriptors)
        out += " · " + format_metric(*trend.descriptors, metric_unit::count) + " descriptors" +
               growth(trend.descriptors_growth);
    return out + '\n';
}

std::string describe_generator(const run_report& report) {
    std::array<char, 96> text{};
    std::snprintf(text.data(), text.size(), "%.0f %% of a core", report.cpu_share * 100);
    auto out = label("generator") + text.data();
    if (report.count.sent != 0) {
        std::snprintf(text.data(), text.size(), " · %.2f us of CPU a message",
                      report.cpu_seconds * 1e6 / static_cast<double>(report.count.sent));
        out += text.data();
    }
    if (report.times.lag.count() != 0)
        out += " · schedule lag p99 " + format_duration(report.times.lag.percentile(0.99));
    return out + '\n';
}

std::string describe_faults(const run_report& report) {
    const auto& faults = report.faults;
    return line("faults", {{faults.lost, "lost"},
                           {faults.duplicated, "duplicated"},
                           {faults.reordered, "reordered"},
                           {faults.misdelivered, "misdelivered"},
                           {faults.corrupt, "corrupt"},
                           {faults.phantom, "phantom"},
                           {faults.gaps, "gaps"},
                           {faults.stray_replies, "stray replies"},
                           {faults.unanswered, "unanswered", false},
                           {report.count.malformed, "malformed"},
                           {report.count.reported_gaps, "reported as gone", false},
                           {report.unverified, "connections unverified", false}}) +
           line("  malformed", report.names.malformed);
}

} // namespace

std::string format_summary(const run_report& report) {
    std::string out = "wsload " + report.options.scenario + " " + report.options.url_text + '\n';
    out += describe_load(report.options) + describe_connections(report);
    if (report.count.scheduled != 0) out += describe_messages(report);
    out += line("  notices", report.names.notices) + describe_latencies(report);
    if (report.prepared) out += describe_generator(report);
    if (report.judged) out += describe_faults(report);
    out += describe_server(report) + describe_checks(report) + describe_gates(report);
    out += label("verdict") + (report.exit == exit_code::ok ? "ok" : report.problem);
    if (report.exit != exit_code::ok) out += " (exit " + std::to_string(static_cast<int>(report.exit)) + ")";
    return out + '\n';
}

} // namespace wsd::loadgen
