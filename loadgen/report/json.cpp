#include "loadgen/report/metrics.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <sstream>

namespace wsd::loadgen {
namespace {

namespace json = boost::json;

double to_ms(std::chrono::nanoseconds value) { return static_cast<double>(value.count()) / 1e6; }

json::object describe(const histogram& times) {
    return {{"count", times.count()},
            {"min", to_ms(times.min())},
            {"mean", to_ms(times.mean())},
            {"p50", to_ms(times.percentile(0.5))},
            {"p90", to_ms(times.percentile(0.9))},
            {"p99", to_ms(times.percentile(0.99))},
            {"p999", to_ms(times.percentile(0.999))},
            {"max", to_ms(times.max())}};
}

json::object describe(const tally& names) {
    json::object out;
    names.for_each([&](std::string_view name, std::uint64_t count) { out[name] = count; });
    return out;
}

json::object describe_load(const run_options& options) {
    json::object load{{"model", options.closed ? "closed" : "open"},
                      {"durationSeconds", to_ms(options.duration) / 1e3},
                      {"rampSeconds", to_ms(options.ramp) / 1e3},
                      {"messageBytes", options.message_bytes}};
    if (options.closed) {
        load["window"] = options.window;
    } else {
        load["schedule"] = options.poisson ? "poisson" : "fixed";
        load["messagesPerSecond"] = options.load.mean_per_second();
        json::array stages;
        options.load.for_each([&](std::chrono::nanoseconds length, double per_second) {
            stages.push_back(json::object{{"seconds", to_ms(length) / 1e3}, {"messagesPerSecond", per_second}});
        });
        load["stages"] = std::move(stages);
    }
    return load;
}

json::object describe(const run_options& options) {
    json::array caps;
    if (options.caps.seq) caps.emplace_back("seq");
    if (options.caps.cumack) caps.emplace_back("cumack");
    if (options.caps.noecho) caps.emplace_back("noecho");
    json::object out;
    out["commandLine"] = options.command_line;
    out["scenario"] = options.scenario;
    out["url"] = options.url_text;
    out["connections"] = options.connections;
    out["users"] = options.users;
    out["seed"] = options.seed;
    out["threads"] = options.threads;
    out["procs"] = options.procs;
    out["confirm"] = options.confirm;
    out["caps"] = std::move(caps);
    out["load"] = describe_load(options);
    return out;
}

json::object describe_connections(const run_report& report) {
    const auto& count = report.count;
    const double wanted = report.options.connections;
    return {{"live", count.live},
            {"attempts", count.attempts},
            {"upgrades", count.upgrades},
            {"upgradesPerSecond", report.ramped && report.ramp_seconds > 0 ? wanted / report.ramp_seconds : 0.0},
            {"cuts", count.cuts},
            {"resumes", count.resumes},
            {"unverified", report.unverified},
            {"failures", describe(report.names.connect_failures)},
            {"closes", describe(report.names.closes)},
            {"notices", describe(report.names.notices)}};
}

json::object describe_messages(const run_report& report) {
    const auto& count = report.count;
    return {{"scheduled", count.scheduled},   {"sent", count.sent},
            {"sentAgain", count.repeated},    {"skipped", count.skipped},
            {"acked", count.acked},           {"settledAfterBreak", count.settled_after_break},
            {"refused", count.refused},       {"refusedBy", describe(report.names.refusals)},
            {"unanswered", count.unanswered}, {"delivered", count.delivered},
            {"replayed", count.replayed},     {"foreign", count.foreign},
            {"confirms", count.confirms},     {"confirmsAnswered", count.confirms_answered},
            {"framesIn", count.frames_in},    {"bytesIn", count.bytes_in},
            {"bytesOut", count.bytes_out}};
}

json::object describe_faults(const run_report& report) {
    const auto& faults = report.faults;
    return {{"lost", faults.lost},
            {"duplicated", faults.duplicated},
            {"reordered", faults.reordered},
            {"misdelivered", faults.misdelivered},
            {"corrupt", faults.corrupt},
            {"phantom", faults.phantom},
            {"gaps", faults.gaps},
            {"strayReplies", faults.stray_replies},
            {"unanswered", faults.unanswered},
            {"malformed", report.count.malformed},
            {"malformedBy", describe(report.names.malformed)},
            {"reportedGaps", report.count.reported_gaps}};
}

json::object describe_generator(const run_report& report) {
    const auto messages = static_cast<double>(report.count.sent);
    return {{"cpuShare", report.cpu_share},
            {"cpuSeconds", report.cpu_seconds},
            {"cpuMicrosPerMessage", messages > 0 ? report.cpu_seconds * 1e6 / messages : 0.0},
            {"lagMs", describe(report.times.lag)}};
}

json::array describe_series(const run_report& report) {
    json::array out;
    report.series.for_each([&](const series_point& one) {
        json::object point{{"second", one.at_seconds},
                           {"phase", one.phase},
                           {"live", one.live},
                           {"upgrades", one.upgrades},
                           {"sent", one.sent},
                           {"acked", one.acked},
                           {"delivered", one.delivered},
                           {"refused", one.refused},
                           {"unanswered", one.unanswered},
                           {"ackP50Ms", to_ms(one.ack_p50)},
                           {"ackP99Ms", to_ms(one.ack_p99)},
                           {"deliveryP50Ms", to_ms(one.delivery_p50)},
                           {"deliveryP99Ms", to_ms(one.delivery_p99)},
                           {"lagP99Ms", to_ms(one.lag_p99)}};
        if (one.rss_bytes) point["serverRssBytes"] = *one.rss_bytes;
        if (one.descriptors) point["serverDescriptors"] = *one.descriptors;
        out.push_back(std::move(point));
    });
    return out;
}

// [upper edge in ms, number of records], ascending, without empty buckets.
json::object describe_histograms(const latencies& times) {
    json::object out;
    for (const auto& row : latency_table) {
        json::array buckets;
        (times.*(row.times)).for_each_bucket([&](std::chrono::nanoseconds edge, std::uint64_t count) {
            buckets.push_back(json::array{to_ms(edge), count});
        });
        if (!buckets.empty()) out[row.json] = std::move(buckets);
    }
    return out;
}

json::object describe_metrics_of(const run_report& report) {
    json::object out;
    for_each_metric(report, [&](const metric_name& one, std::optional<double> value) {
        if (value) out[one.name] = *value;
    });
    return out;
}

json::array describe_gates(const run_report& report) {
    json::array out;
    report.options.gates.for_each([&](const gate& one) {
        const auto value = read_metric(report, one.metric);
        json::object line{{"slo", one.text}, {"metric", one.metric}, {"ok", holds(one, value)}};
        line["found"] = value ? json::value(*value) : json::value(nullptr);
        out.push_back(std::move(line));
    });
    return out;
}

json::array describe_checks(const run_report& report) {
    json::array out;
    report.checks.for_each([&](const expectation& one) {
        out.push_back(
            json::object{{"what", one.what}, {"expected", one.expected}, {"found", one.found}, {"ok", one.met}});
    });
    return out;
}

json::array describe_summary(const run_report& report) {
    json::array lines;
    std::istringstream text(format_summary(report));
    for (std::string line; std::getline(text, line);) lines.emplace_back(line);
    return lines;
}

json::object describe_host(const machine_limits& machine) {
    return {{"system", machine.system},
            {"processors", machine.processors},
            {"descriptors", machine.descriptors},
            {"ports", machine.ports}};
}

} // namespace

std::string format_json(const run_report& report) {
    json::object latency;
    for (const auto& row : latency_table)
        if (row.times != &latencies::lag) latency[row.json] = describe(report.times.*(row.times));
    json::object out;
    out["tool"] = "wsload";
    out["version"] = WSD_VERSION;
    out["serverVersion"] = report.server_version;
    out["host"] = describe_host(report.machine);
    out["exit"] = static_cast<int>(report.exit);
    out["problem"] = report.problem;
    out["run"] = describe(report.options);
    out["rampSeconds"] = report.ramp_seconds;
    out["loadSeconds"] = report.load_seconds;
    out["ramped"] = report.ramped;
    out["prepared"] = report.prepared;
    out["judged"] = report.judged;
    out["interrupted"] = report.interrupted;
    out["connections"] = describe_connections(report);
    out["messages"] = describe_messages(report);
    out["latencyMs"] = std::move(latency);
    out["faults"] = describe_faults(report);
    out["generator"] = describe_generator(report);
    out["checks"] = describe_checks(report);
    out["slo"] = describe_gates(report);
    out["metrics"] = describe_metrics_of(report);
    out["series"] = describe_series(report);
    out["histograms"] = describe_histograms(report.times);
    out["summary"] = describe_summary(report);
    return json::serialize(out) + '\n';
}

} // namespace wsd::loadgen
