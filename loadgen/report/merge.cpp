#include "loadgen/report/merge.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>

namespace wsd::loadgen {
namespace {

namespace json = boost::json;

struct count_name {
    const char* group;
    const char* name;
    std::uint64_t counters::* count;
};
constexpr std::array count_names{
    count_name{"connections", "live", &counters::live},
    count_name{"connections", "attempts", &counters::attempts},
    count_name{"connections", "upgrades", &counters::upgrades},
    count_name{"connections", "cuts", &counters::cuts},
    count_name{"connections", "resumes", &counters::resumes},
    count_name{"messages", "scheduled", &counters::scheduled},
    count_name{"messages", "sent", &counters::sent},
    count_name{"messages", "sentAgain", &counters::repeated},
    count_name{"messages", "skipped", &counters::skipped},
    count_name{"messages", "acked", &counters::acked},
    count_name{"messages", "settledAfterBreak", &counters::settled_after_break},
    count_name{"messages", "refused", &counters::refused},
    count_name{"messages", "unanswered", &counters::unanswered},
    count_name{"messages", "delivered", &counters::delivered},
    count_name{"messages", "replayed", &counters::replayed},
    count_name{"messages", "foreign", &counters::foreign},
    count_name{"messages", "confirms", &counters::confirms},
    count_name{"messages", "confirmsAnswered", &counters::confirms_answered},
    count_name{"messages", "framesIn", &counters::frames_in},
    count_name{"messages", "bytesIn", &counters::bytes_in},
    count_name{"messages", "bytesOut", &counters::bytes_out},
    count_name{"faults", "malformed", &counters::malformed},
    count_name{"faults", "reportedGaps", &counters::reported_gaps},
};

struct fault_name {
    const char* name;
    std::uint64_t fault_counts::* count;
};
constexpr std::array fault_names{
    fault_name{"lost", &fault_counts::lost},
    fault_name{"duplicated", &fault_counts::duplicated},
    fault_name{"reordered", &fault_counts::reordered},
    fault_name{"misdelivered", &fault_counts::misdelivered},
    fault_name{"corrupt", &fault_counts::corrupt},
    fault_name{"phantom", &fault_counts::phantom},
    fault_name{"gaps", &fault_counts::gaps},
    fault_name{"strayReplies", &fault_counts::stray_replies},
    fault_name{"unanswered", &fault_counts::unanswered},
};

struct tally_name {
    const char* group;
    const char* name;
    tally tallies::* names;
};
constexpr std::array tally_names{
    tally_name{"connections", "failures", &tallies::connect_failures},
    tally_name{"connections", "closes", &tallies::closes},
    tally_name{"connections", "notices", &tallies::notices},
    tally_name{"messages", "refusedBy", &tallies::refusals},
    tally_name{"faults", "malformedBy", &tallies::malformed},
};

std::uint64_t natural(const json::value& value) { return value.to_number<std::uint64_t>(); }

std::chrono::nanoseconds from_ms(double ms) { return std::chrono::nanoseconds(std::llround(ms * 1e6)); }

void merge_histograms(latencies& into, const json::object& part) {
    const auto& histograms = part.at("histograms").as_object();
    for (const auto& row : latency_table) {
        const auto* buckets = histograms.if_contains(row.json);
        if (buckets == nullptr) continue;
        for (const auto& bucket : buckets->as_array()) {
            const auto& pair = bucket.as_array();
            (into.*row.times).record(from_ms(pair[0].to_number<double>()), natural(pair[1]));
        }
    }
}

series_point point_of(const json::object& from) {
    const auto time = [&from](const char* name) { return from_ms(from.at(name).to_number<double>()); };
    const auto phase = std::string_view(from.at("phase").as_string());
    const auto known = [&from](const char* name) -> std::optional<std::uint64_t> {
        const auto* value = from.if_contains(name);
        return value == nullptr ? std::nullopt : std::optional(natural(*value));
    };
    return {.at_seconds = from.at("second").to_number<double>(),
            .phase = phase == "load"   ? "load"
                     : phase == "ramp" ? "ramp"
                                       : "end",
            .live = natural(from.at("live")),
            .upgrades = natural(from.at("upgrades")),
            .sent = natural(from.at("sent")),
            .acked = natural(from.at("acked")),
            .delivered = natural(from.at("delivered")),
            .refused = natural(from.at("refused")),
            .unanswered = natural(from.at("unanswered")),
            .ack_p50 = time("ackP50Ms"),
            .ack_p99 = time("ackP99Ms"),
            .delivery_p50 = time("deliveryP50Ms"),
            .delivery_p99 = time("deliveryP99Ms"),
            .lag_p99 = time("lagP99Ms"),
            .rss_bytes = known("serverRssBytes"),
            .descriptors = known("serverDescriptors")};
}

// Counts are added; of percentiles the worst process stands for all, since they can't be added.
void add_point(series_point& into, const series_point& other) {
    for (auto member : {&series_point::live, &series_point::upgrades, &series_point::sent, &series_point::acked,
                        &series_point::delivered, &series_point::refused, &series_point::unanswered})
        into.*member += other.*member;
    for (auto member : {&series_point::ack_p50, &series_point::ack_p99, &series_point::delivery_p50,
                        &series_point::delivery_p99, &series_point::lag_p99})
        into.*member = std::max(into.*member, other.*member);
}

void merge_series(run_report& whole, const json::array& parts) {
    std::size_t longest = 0;
    for (const auto& part : parts) longest = std::max(longest, part.at("series").as_array().size());
    for (std::size_t second = 0; second < longest; ++second) {
        std::optional<series_point> sum;
        for (const auto& part : parts) {
            const auto& series = part.at("series").as_array();
            if (second >= series.size()) continue;
            const auto point = point_of(series[second].as_object());
            if (sum) {
                add_point(*sum, point);
            } else {
                sum = point;
            }
        }
        whole.series.add(*sum);
    }
}

void merge_part(run_report& whole, const json::object& part) {
    for (const auto& one : count_names) whole.count.*one.count += natural(part.at(one.group).at(one.name));
    for (const auto& one : fault_names) whole.faults.*one.count += natural(part.at("faults").at(one.name));
    for (const auto& one : tally_names)
        for (const auto& [name, count] : part.at(one.group).at(one.name).as_object())
            (whole.names.*one.names).add(name, natural(count));
    merge_histograms(whole.times, part);
    const auto seconds = [&part](const char* name) { return part.at(name).to_number<double>(); };
    whole.ramp_seconds = std::max(whole.ramp_seconds, seconds("rampSeconds"));
    whole.load_seconds = std::max(whole.load_seconds, seconds("loadSeconds"));
    const auto& generator = part.at("generator");
    whole.cpu_share = std::max(whole.cpu_share, generator.at("cpuShare").to_number<double>());
    whole.cpu_seconds += generator.at("cpuSeconds").to_number<double>();
    whole.unverified += natural(part.at("connections").at("unverified"));
    whole.interrupted = whole.interrupted || part.at("interrupted").as_bool();
    whole.ramped = whole.ramped && part.at("ramped").as_bool();
    whole.prepared = whole.prepared && part.at("prepared").as_bool();
    whole.judged = whole.judged && part.at("judged").as_bool();
    whole.server_version = std::string(part.at("serverVersion").as_string());
    for (const auto& value : part.at("checks").as_array()) {
        const auto text = [&value](const char* name) { return std::string(value.at(name).as_string()); };
        whole.checks.add({text("what"), text("expected"), text("found"), value.at("ok").as_bool()});
    }
}

} // namespace

void merge_parts(run_report& whole, const json::array& parts) {
    whole.ramped = whole.prepared = whole.judged = true;
    for (const auto& part : parts) merge_part(whole, part.as_object());
    merge_series(whole, parts);
}

} // namespace wsd::loadgen
