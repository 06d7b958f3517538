#include "loadgen/report/compare.hpp"
#include "loadgen/report/merge.hpp"

#include <catch_amalgamated.hpp>

#include <vector>

using namespace wsd::loadgen;
using namespace std::chrono_literals;

namespace {

run_report part(std::uint64_t sent, std::chrono::milliseconds delivery) {
    run_report report;
    report.options.scenario = "chat";
    report.ramped = report.prepared = report.judged = true;
    report.count.live = 10;
    report.count.sent = report.count.acked = sent;
    report.count.malformed = 1;
    report.names.refusals.add("SERVER_BUSY", 2);
    report.faults.gaps = 3;
    report.load_seconds = 10;
    report.cpu_share = 0.5;
    report.cpu_seconds = 5;
    for (std::uint64_t i = 0; i < sent; ++i) report.times.delivery.record(delivery);
    report.checks.add({.what = "x", .expected = "1", .found = "2", .met = false});
    for (int second = 1; second <= 2; ++second)
        report.series.add({.at_seconds = double(second), .phase = "load", .sent = sent / 2, .delivery_p99 = delivery});
    return report;
}

run_report merged(const run_report& one, const run_report& two) {
    run_report whole;
    merge_parts(whole, *read_runs(format_json(one) + format_json(two)));
    return whole;
}

} // namespace

TEST_CASE("the parts of a run add up") {
    const auto whole = merged(part(100, 1ms), part(300, 9ms));
    CHECK(whole.ramped);
    CHECK(whole.judged);
    CHECK(whole.count.live == 20);
    CHECK(whole.count.sent == 400);
    CHECK(whole.count.malformed == 2);
    CHECK(whole.names.refusals.count("SERVER_BUSY") == 4);
    CHECK(whole.faults.gaps == 6);
    CHECK(whole.load_seconds == 10);
    CHECK(whole.cpu_share == 0.5);
    CHECK(whole.cpu_seconds == 10);
    CHECK(whole.checks.broken() == 2);
    // A quarter took a millisecond.
    CHECK(whole.times.delivery.count() == 400);
    CHECK(whole.times.delivery.percentile(0.25).count() == Catch::Approx(1e6).epsilon(0.02));
    CHECK(whole.times.delivery.percentile(0.26).count() == Catch::Approx(9e6).epsilon(0.02));
    std::vector<std::uint64_t> sent;
    whole.series.for_each([&](const series_point& second) {
        sent.push_back(second.sent);
        CHECK(second.delivery_p99 == 9ms);
        CHECK(second.phase == "load");
    });
    CHECK(sent == std::vector<std::uint64_t>{200, 200});
}

TEST_CASE("a run is only as complete as all of its parts") {
    auto broken = part(10, 1ms);
    broken.ramped = broken.judged = false;
    broken.interrupted = true;
    const auto whole = merged(part(10, 1ms), broken);
    CHECK_FALSE(whole.ramped);
    CHECK_FALSE(whole.judged);
    CHECK(whole.interrupted);
}
