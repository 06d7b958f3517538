#include "loadgen/capacity.hpp"
#include "loadgen/report/metrics.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd::loadgen;

namespace {

// A server that holds up to a rate.
run_report search(double begin, double holds_up_to, int& runs) {
    run_options options;
    options.scenario = "capacity";
    options.load = load_profile(begin);
    return search_capacity(options, [&](const run_options& now) {
        ++runs;
        run_report report;
        report.options = now;
        const bool good = now.load.mean_per_second() <= holds_up_to;
        report.exit = good ? exit_code::ok : exit_code::objective;
        report.problem = good ? "" : "too slow";
        return report;
    });
}

} // namespace

TEST_CASE("the highest rate is found within a tenth, from below and from above") {
    for (const double begin : {10.0, 1000.0, 100'000.0}) {
        for (const double capacity : {37.0, 900.0, 1000.0, 7777.0, 123'456.0}) {
            int runs = 0;
            const auto report = search(begin, capacity, runs);
            CAPTURE(begin, capacity, runs);
            REQUIRE(report.capacity);
            CHECK(*report.capacity <= capacity);
            CHECK(*report.capacity >= capacity / 1.1);
            CHECK(runs <= 20);
            CHECK(report.exit == exit_code::ok);
            CHECK(report.options.load.mean_per_second() == *report.capacity);
            CHECK(report.checks.size() == static_cast<std::size_t>(runs));
            CHECK(read_metric(report, "capacity") == report.capacity);
        }
    }
}

TEST_CASE("without a rate that holds the report is that of the first run") {
    int runs = 0;
    const auto report = search(100, 0.1, runs);
    CHECK_FALSE(report.capacity);
    CHECK(report.exit == exit_code::objective);
    CHECK(runs < 10);
}
