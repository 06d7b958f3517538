#include "loadgen/report/metrics.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace wsd::loadgen {
namespace {

// What to do about the refusals that have a usual cause.
std::string_view advice(std::string_view reason) {
    if (reason.find("CONNECTION_LIMIT_IP") != std::string_view::npos)
        return "; use --source-ips, or raise WS_MAX_CONNECTIONS_PER_IP of the server";
    if (reason.find("CONNECTION_LIMIT_USER") != std::string_view::npos)
        return "; use more --users, or raise WS_MAX_CONNECTIONS_PER_USER of the server";
    if (reason.find("CONNECTION_RATE") != std::string_view::npos)
        return "; use a longer --ramp, or raise WS_ACCEPT_RATE of the server";
    if (reason.starts_with("401")) return "; --secret or --tokens must fit the server's key";
    if (reason.starts_with("404")) return "; the path of the URL must be the server's WS_PATH";
    return "";
}

std::string describe_failures(const run_report& report) {
    std::string text, most;
    std::uint64_t most_count = 0;
    report.names.connect_failures.for_each([&](std::string_view reason, std::uint64_t count) {
        text.append(text.empty() ? "" : ", ").append(std::to_string(count)).append(" x ").append(reason);
        if (count > most_count) {
            most_count = count;
            most = reason;
        }
    });
    if (text.empty()) return "no answer in time";
    return text.append(advice(most));
}

std::string describe_saturation(const run_report& report) {
    return "this program was the bottleneck (schedule lag p99 " + format_duration(report.times.lag.percentile(0.99)) +
           ", " + std::to_string(static_cast<int>(report.cpu_share * 100)) +
           " % of a core); lower the rate, use --threads, or accept it with --allow-saturated";
}

// The thresholds that do not hold; empty: all do.
std::string describe_broken_gates(const run_report& report) {
    std::string text;
    report.options.gates.for_each([&](const gate& one) {
        const auto value = read_metric(report, one.metric);
        if (holds(one, value)) return;
        const auto found = value ? "it is " + format_metric(*value, find_metric(one.metric)->unit) : "not measured";
        text.append(text.empty() ? "" : ", ").append(one.text).append(" does not hold: ").append(found);
    });
    return text;
}

bool saturated(const run_report& report) {
    // A closed loop has no schedule to fall behind of; being the bottleneck is its nature.
    if (report.options.closed || report.options.allow_saturated) return false;
    return report.times.lag.percentile(0.99) > saturated_lag || report.cpu_share > saturated_cpu;
}

std::pair<exit_code, std::string> conclude(const run_report& report) {
    const auto& count = report.count;
    const std::uint64_t wanted = report.options.connections;
    if (!report.ramped && !report.interrupted) {
        return {exit_code::unreachable, std::to_string(wanted - std::min(count.live, wanted)) + " of " +
                                            std::to_string(wanted) +
                                            " connections did not come about: " + describe_failures(report)};
    }
    if (!report.unfit.empty()) return {exit_code::usage, report.unfit};
    if (!report.prepared && !report.interrupted)
        return {exit_code::unreachable, "what the scenario needs could not be set up at the server in time"};
    if (report.judged && report.unverified == wanted)
        return {exit_code::unreachable, "the server was gone at the end: " + describe_failures(report)};
    if (report.checks.broken() != 0) {
        return {exit_code::incorrect,
                std::to_string(report.checks.broken()) + " of the scenario's expectations were not met"};
    }
    if (report.judged && (report.faults.total() != 0 || count.malformed != 0))
        return {exit_code::incorrect, "delivery is not correct"};
    if (report.interrupted) return {exit_code::interrupted, "interrupted"};
    if (report.judged && report.unverified != 0) {
        return {exit_code::incorrect,
                std::to_string(report.unverified) +
                    " connections could not be resumed at the end; what they missed is not known"};
    }
    if (report.judged && count.unanswered != 0)
        return {exit_code::incorrect, std::to_string(count.unanswered) + " messages were never answered"};
    // Thresholds come last: what a bottleneck of our own makes slow is not the server's doing.
    if (saturated(report)) return {exit_code::saturated, describe_saturation(report)};
    if (auto broken = describe_broken_gates(report); !broken.empty()) return {exit_code::objective, std::move(broken)};
    return {exit_code::ok, ""};
}

} // namespace

void decide(run_report& report) { std::tie(report.exit, report.problem) = conclude(report); }

} // namespace wsd::loadgen
