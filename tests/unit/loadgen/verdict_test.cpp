#include "loadgen/report/metrics.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd::loadgen;
using namespace std::chrono_literals;

namespace {

run_report good_run() {
    run_report report;
    report.options.scenario = "chat";
    report.options.connections = 10;
    report.ramped = true;
    report.prepared = true;
    report.judged = true;
    report.count.live = 10;
    report.count.sent = report.count.acked = 100;
    report.times.lag.record(1ms);
    return report;
}

exit_code decided(run_report report) {
    decide(report);
    CHECK(report.problem.empty() == (report.exit == exit_code::ok));
    return report.exit;
}

} // namespace

TEST_CASE("a run without faults is ok") { CHECK(decided(good_run()) == exit_code::ok); }

TEST_CASE("each kind of fault makes a run incorrect") {
    for (auto field : {&fault_counts::lost, &fault_counts::duplicated, &fault_counts::reordered,
                       &fault_counts::misdelivered, &fault_counts::corrupt, &fault_counts::phantom, &fault_counts::gaps,
                       &fault_counts::stray_replies, &fault_counts::unanswered}) {
        auto report = good_run();
        report.faults.*field = 1;
        CHECK(decided(report) == exit_code::incorrect);
    }
    auto report = good_run();
    report.count.malformed = 1;
    CHECK(decided(report) == exit_code::incorrect);
    report = good_run();
    report.count.unanswered = 1;
    CHECK(decided(report) == exit_code::incorrect);
    report = good_run();
    report.unverified = 1;
    CHECK(decided(report) == exit_code::incorrect);
}

TEST_CASE("refused messages are an answer, not a fault") {
    auto report = good_run();
    report.count.refused = 50;
    CHECK(decided(report) == exit_code::ok);
}

TEST_CASE("a ramp that failed says why and what to do") {
    auto report = good_run();
    report.ramped = report.judged = false;
    report.count.live = 4;
    for (int i = 0; i < 6; ++i) report.names.connect_failures.add("503 CONNECTION_LIMIT_IP");
    decide(report);
    CHECK(report.exit == exit_code::unreachable);
    CHECK(report.problem.find("6 of 10") != std::string::npos);
    CHECK(report.problem.find("--source-ips") != std::string::npos);
    report.names.connect_failures = {};
    report.names.connect_failures.add("401 INVALID_TOKEN");
    decide(report);
    CHECK(report.problem.find("--secret") != std::string::npos);
}

TEST_CASE("a late schedule or a busy thread is saturation, unless allowed or in a closed loop") {
    auto late = good_run();
    late.times.lag.record(50ms);
    CHECK(decided(late) == exit_code::saturated);
    auto busy = good_run();
    busy.cpu_share = 0.95;
    CHECK(decided(busy) == exit_code::saturated);
    busy.options.allow_saturated = true;
    CHECK(decided(busy) == exit_code::ok);
    busy.options.allow_saturated = false;
    busy.options.closed = true;
    CHECK(decided(busy) == exit_code::ok);
    // A fault is worth more than a doubt.
    late.faults.lost = 1;
    CHECK(decided(late) == exit_code::incorrect);
}

TEST_CASE("an interrupted run says so, and still tells of faults") {
    auto report = good_run();
    report.interrupted = true;
    CHECK(decided(report) == exit_code::interrupted);
    report.faults.lost = 1;
    CHECK(decided(report) == exit_code::incorrect);
}

TEST_CASE("a closed loop is labelled in every form of the report") {
    auto report = good_run();
    report.options.closed = true;
    report.options.window = 16;
    report.times.ack.record(1ms);
    CHECK(format_summary(report).find("CLOSED LOOP with window 16") != std::string::npos);
    CHECK(format_summary(report).find("ack, closed") != std::string::npos);
    CHECK(format_json(report).find(R"("model":"closed")") != std::string::npos);
}

TEST_CASE("the summary has the figures that matter") {
    auto report = good_run();
    report.faults.lost = 3;
    decide(report);
    const auto text = format_summary(report);
    CHECK(text.find("lost 3") != std::string::npos);
    CHECK(text.find("exit 11") != std::string::npos);
}

TEST_CASE("a threshold that does not hold fails the run, unless something worse or more doubtful did") {
    auto report = good_run();
    report.options.gates.add(*parse_gate("lost==0"));
    report.options.gates.add(*parse_gate("ack.p99<10ms"));
    report.times.ack.record(5ms);
    CHECK(decided(report) == exit_code::ok);
    report.times.ack.record(20ms);
    CHECK(decided(report) == exit_code::objective);
    decide(report);
    CHECK(report.problem.find("ack.p99<10ms does not hold: it is 20") != std::string::npos);
    auto busy = report;
    busy.cpu_share = 0.95;
    CHECK(decided(busy) == exit_code::saturated);
    busy.options.allow_saturated = true;
    CHECK(decided(busy) == exit_code::objective);
    auto interrupted = report;
    interrupted.interrupted = true;
    CHECK(decided(interrupted) == exit_code::interrupted);
    auto faulty = report;
    faulty.faults.lost = 1;
    CHECK(decided(faulty) == exit_code::incorrect);
}

TEST_CASE("what was not measured meets no threshold") {
    auto report = good_run();
    report.options.gates.add(*parse_gate("deliver.p99<10s"));
    CHECK(decided(report) == exit_code::objective);
    decide(report);
    CHECK(report.problem.find("not measured") != std::string::npos);
}

TEST_CASE("an expectation of the scenario that was not met makes the run incorrect") {
    auto report = good_run();
    report.checks.add({.what = "refused", .expected = "3", .found = "3", .met = true});
    CHECK(decided(report) == exit_code::ok);
    report.checks.add({.what = "admitted", .expected = "5", .found = "6", .met = false});
    CHECK(decided(report) == exit_code::incorrect);
    CHECK(format_summary(report).find("BROKEN  admitted: 6, expected 5") != std::string::npos);
}
