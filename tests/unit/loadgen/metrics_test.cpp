#include "loadgen/report/metrics.hpp"

#include <catch_amalgamated.hpp>

#include <set>

using namespace wsd::loadgen;
using namespace std::chrono_literals;

TEST_CASE("every metric has a name of its own and is found by it") {
    std::set<std::string> names;
    for (std::size_t place = 0; place < metric_count(); ++place) {
        const auto one = metric_at(place);
        CAPTURE(one.name);
        CHECK(names.insert(one.name).second);
        CHECK(find_metric(one.name)->unit == one.unit);
        CHECK(describe_metrics().find(one.name.substr(0, one.name.rfind('.'))) != std::string::npos);
    }
    CHECK_FALSE(find_metric("deliver.p98"));
    CHECK(find_metric("deliver.p99.9")->name == "deliver.p999");
}

TEST_CASE("metrics read what was measured, and say when nothing was") {
    run_report report;
    CHECK_FALSE(read_metric(report, "deliver.p99"));
    CHECK(read_metric(report, "deliver.count") == 0.0);
    CHECK_FALSE(read_metric(report, "lost")); // the ledger was not closed
    CHECK_FALSE(read_metric(report, "rate.acked"));
    report.judged = true;
    report.faults.lost = 2;
    report.count.acked = 500;
    report.load_seconds = 10;
    for (int ms = 1; ms <= 100; ++ms) report.times.delivery.record(std::chrono::milliseconds(ms));
    CHECK(read_metric(report, "lost") == 2.0);
    CHECK(read_metric(report, "faults") == 2.0);
    CHECK(read_metric(report, "rate.acked") == 50.0);
    CHECK(read_metric(report, "deliver.max") == 100.0);
    CHECK(*read_metric(report, "deliver.p50") == Catch::Approx(50).epsilon(0.01));
}

TEST_CASE("each comparison holds where it should") {
    struct row {
        const char* text;
        bool at_4, at_5, at_6;
    };
    for (const auto& one :
         {row{"sent<5", true, false, false}, row{"sent<=5", true, true, false}, row{"sent==5", false, true, false},
          row{"sent!=5", true, false, true}, row{"sent>=5", false, true, true}, row{"sent > 5", false, false, true}}) {
        CAPTURE(one.text);
        const auto parsed = parse_gate(one.text);
        REQUIRE(parsed.has_value());
        CHECK(holds(*parsed, 4.0) == one.at_4);
        CHECK(holds(*parsed, 5.0) == one.at_5);
        CHECK(holds(*parsed, 6.0) == one.at_6);
        CHECK_FALSE(holds(*parsed, std::nullopt));
    }
}

TEST_CASE("limits have the unit of their metric") {
    CHECK(parse_gate("deliver.p99<50ms")->limit == 50);
    CHECK(parse_gate("deliver.p99<1.5s")->limit == 1500);
    CHECK(parse_gate("rate.acked>2.5k")->limit == 2500);
    CHECK(parse_gate("server.rss.growth<5%")->limit == 0.05);
    CHECK(parse_gate("server.rss.growth>-0.1")->limit == -0.1);
    CHECK(parse_gate("deliver.count==0")->limit == 0);
    for (const char* wrong : {"", "deliver.p99", "<50ms", "deliver.p99<", "deliver.p99<fast", "deliver.p99<50",
                              "lost==0ms", "lost===0", "lost=0", "nonsense<5"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_gate(wrong).has_value());
    }
}

TEST_CASE("the likely metric is named for one that does not exist") {
    CHECK(nearest_metric("delver.p99") == "deliver.p99");
    CHECK(nearest_metric("losst") == "lost");
}

TEST_CASE("growth of the server is that of a line through the load's samples") {
    series all;
    const auto add = [&](double second, std::string_view phase, std::uint64_t rss) {
        all.add({.at_seconds = second, .phase = phase, .rss_bytes = rss, .descriptors = 100});
    };
    add(0, "ramp", 1);
    CHECK_FALSE(all.server().rss_growth);
    for (int second = 1; second <= 11; ++second)
        add(second, "load", static_cast<std::uint64_t>(1000 + 10 * (second - 1) + (second % 2 == 0 ? 1 : -1)));
    add(12, "drain", 999'999);
    const auto trend = all.server();
    CHECK(*trend.rss_growth == Catch::Approx(0.1).epsilon(0.05));
    CHECK(*trend.descriptors_growth == Catch::Approx(0).margin(1e-9));
    CHECK(*trend.rss_bytes == 1099);
}
