#include "loadgen/report/run_report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

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
        load["messagesPerSecond"] = options.per_second;
    }
    return load;
}

json::object describe(const run_options& options) {
    json::array caps;
    if (options.caps.seq) caps.emplace_back("seq");
    if (options.caps.cumack) caps.emplace_back("cumack");
    if (options.caps.noecho) caps.emplace_back("noecho");
    json::object out;
    out["scenario"] = options.scenario;
    out["url"] = options.url_text;
    out["connections"] = options.connections;
    out["users"] = options.users;
    out["seed"] = options.seed;
    out["threads"] = options.threads;
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

} // namespace

std::string format_json(const run_report& report) {
    const auto& times = report.times;
    json::object out;
    out["tool"] = "wsload";
    out["version"] = WSD_VERSION;
    out["exit"] = static_cast<int>(report.exit);
    out["problem"] = report.problem;
    out["run"] = describe(report.options);
    out["rampSeconds"] = report.ramp_seconds;
    out["loadSeconds"] = report.load_seconds;
    out["judged"] = report.judged;
    out["connections"] = describe_connections(report);
    out["messages"] = describe_messages(report);
    out["latencyMs"] =
        json::object{{"connect", describe(times.connect)},   {"ready", describe(times.ready)},
                     {"ack", describe(times.ack)},           {"ackFromSend", describe(times.ack_from_send)},
                     {"delivery", describe(times.delivery)}, {"deliveryReplayed", describe(times.delivery_replayed)}};
    out["faults"] = describe_faults(report);
    out["generator"] = describe_generator(report);
    return json::serialize(out) + '\n';
}

} // namespace wsd::loadgen
