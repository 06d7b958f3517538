#include "loadgen/report/compare.hpp"
#include "loadgen/report/formats.hpp"
#include "loadgen/report/metrics.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch_amalgamated.hpp>

#include <initializer_list>

using namespace wsd::loadgen;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

run_report finished_run(std::chrono::milliseconds delivery) {
    run_report report;
    report.options.scenario = "chat";
    report.options.connections = 10;
    report.options.command_line = "wsload run chat --slo 'deliver.p99<1s'";
    report.ramped = report.prepared = report.judged = true;
    report.count.live = 10;
    report.count.sent = report.count.acked = report.count.delivered = report.count.scheduled = 100;
    report.load_seconds = 10;
    for (int i = 0; i < 100; ++i) report.times.delivery.record(delivery);
    for (int second = 0; second < 5; ++second)
        report.series.add({.at_seconds = second + 1.0,
                           .phase = "load",
                           .live = 10,
                           .sent = 20,
                           .acked = 20,
                           .delivered = 20,
                           .delivery_p99 = delivery});
    report.options.gates.add(*parse_gate("deliver.p99<1s"));
    decide(report);
    return report;
}

json::array runs(std::initializer_list<int> delivery_ms) {
    std::string text;
    for (const int ms : delivery_ms) text += format_json(finished_run(std::chrono::milliseconds(ms)));
    return *read_runs(text);
}

compare_plan limits(std::initializer_list<const char*> texts) {
    compare_plan plan;
    for (const char* text : texts) plan.limits.push_back(*parse_regress_limit(text));
    return plan;
}

json::object as_json(const run_report& report) { return json::parse(format_json(report)).as_object(); }

} // namespace

TEST_CASE("a median that is worse by more than is allowed is a regression, one slow run is not") {
    const auto base = runs({100, 102, 98});
    CHECK_FALSE(compare_runs(base, runs({105, 104, 900}), limits({"deliver.p99=10%"}))->worse);
    const auto worse = compare_runs(base, runs({115, 112, 90}), limits({"deliver.p99=10%"}));
    CHECK(worse->worse);
    CHECK(worse->text.find("WORSE") != std::string::npos);
    // Faster is never worse; more of what is good is better.
    CHECK_FALSE(compare_runs(base, runs({10, 10, 10}), limits({"deliver.p99=0%"}))->worse);
    CHECK_FALSE(compare_runs(base, runs({10, 10, 10}), limits({"rate.acked=0"}))->worse);
}

TEST_CASE("less of what is good is worse") {
    auto slower = finished_run(100ms);
    slower.count.acked = 80;
    json::array next;
    for (int i = 0; i < 3; ++i) next.push_back(as_json(slower));
    CHECK(compare_runs(runs({100, 100, 100}), next, limits({"rate.acked=10%"}))->worse);
    CHECK_FALSE(compare_runs(runs({100, 100, 100}), next, limits({"rate.acked=25%"}))->worse);
}

TEST_CASE("too few runs, failed runs and metrics that were not measured are no comparison") {
    const auto three = runs({1, 1, 1});
    CHECK_FALSE(compare_runs(three, runs({1, 1}), {}).has_value());
    CHECK_FALSE(compare_runs(three, three, limits({"reconnect.p99=10%"})).has_value());
    auto lossy = finished_run(1ms);
    lossy.faults.lost = 1;
    decide(lossy);
    auto with_failed = runs({1, 1});
    with_failed.push_back(as_json(lossy));
    CHECK_FALSE(compare_runs(three, with_failed, {}).has_value());
}

TEST_CASE("reports are read from files with one run or many, and nothing else") {
    const auto one = format_json(finished_run(1ms));
    CHECK(read_runs(one)->size() == 1);
    CHECK(read_runs(one + "\n" + one)->size() == 2);
    CHECK_FALSE(read_runs("{}").has_value());
    CHECK_FALSE(read_runs("not JSON").has_value());
    CHECK(parse_regress_limit("deliver.p99=10%")->share == 0.1);
    CHECK_FALSE(parse_regress_limit("deliver.p98=10%").has_value());
    CHECK_FALSE(parse_regress_limit("deliver.p99").has_value());
    CHECK_FALSE(parse_regress_limit("deliver.p99=x").has_value());
}

TEST_CASE("the text of a report is the summary that was printed") {
    const auto report = finished_run(5ms);
    CHECK(report_as_text(as_json(report)) == format_summary(report));
}

TEST_CASE("JUnit has a case for each fault, threshold and expectation, and failures where something was wrong") {
    auto report = finished_run(5ms);
    const auto good = report_as_junit(as_json(report));
    CHECK(good.find("failures=\"0\"") != std::string::npos);
    CHECK(good.find("name=\"no message lost\"/>") != std::string::npos);
    CHECK(good.find("deliver.p99&lt;1s") != std::string::npos);
    report.faults.lost = 2;
    report.checks.add({.what = "admitted", .expected = "5", .found = "6", .met = false});
    report.options.gates.add(*parse_gate("deliver.p99<1ms"));
    decide(report);
    const auto bad = report_as_junit(as_json(report));
    CHECK(bad.find("failures=\"3\"") != std::string::npos);
    CHECK(bad.find("<failure message=\"6 instead of 5\"/>") != std::string::npos);
}

TEST_CASE("metrics are in Prometheus' base units") {
    const auto text = report_as_metrics(as_json(finished_run(500ms)));
    CHECK(text.find("wsload_deliver_max_seconds{scenario=\"chat\"} 0.5\n") != std::string::npos);
    CHECK(text.find("wsload_rate_acked_per_second{scenario=\"chat\"} 10\n") != std::string::npos);
    CHECK(text.find("wsload_lost{scenario=\"chat\"} 0\n") != std::string::npos);
}

TEST_CASE("the page stands alone, has its charts, and shows what people typed as text") {
    auto report = finished_run(5ms);
    report.options.command_line = "wsload run chat --user-prefix <script>";
    const auto page = report_as_html(as_json(report));
    CHECK(page.size() < 250'000);
    // uPlot names its home; there is no other address.
    const std::string home = "https://github.com/leeoniya/uPlot";
    CHECK(page.find("https://") == page.find(home));
    CHECK(page.find("https://", page.find(home) + 1) == std::string::npos);
    CHECK(page.find("http://") == std::string::npos);
    for (const char* fetched : {" src=", " href=", "@import", "url("}) CHECK(page.find(fetched) == std::string::npos);
    CHECK(page.find("<script>\"") == std::string::npos);
    CHECK(page.find("&lt;script&gt;") != std::string::npos);
    CHECK(page.find("<table>") != std::string::npos);
    const std::string begin = R"(<script type="application/json" id="data">)";
    const auto from = page.find(begin) + begin.size();
    const auto data = boost::json::parse(page.substr(from, page.find("</script>", from) - from)).as_object();
    std::vector<std::string> titles;
    std::size_t lines = 0;
    for (const auto& chart : data.at("charts").as_array()) {
        titles.emplace_back(chart.at("title").as_string());
        for (const auto& line : chart.at("lines").as_array()) {
            CHECK(line.at("y").as_array().size() == chart.at("x").as_array().size());
            ++lines;
        }
    }
    // The server's memory was not sampled.
    CHECK(titles == std::vector<std::string>{"messages per second", "latency in ms",
                                             "latency in ms by share of the records", "connections"});
    CHECK(lines == 9);
}

TEST_CASE("whatever a report says is text in the page") {
    auto report = finished_run(5ms);
    const std::string bad = "</script></pre><img src=x onerror=alert(1)>\"'&";
    report.options.command_line = report.options.scenario = bad;
    report.options.url_text = bad;
    report.series.add({.at_seconds = 50, .phase = bad, .live = 3});
    report.names.refusals.add(bad);
    report.checks.add({.what = bad, .expected = bad, .found = bad, .met = false});
    report.problem = bad;
    const auto page = report_as_html(as_json(report));
    CHECK(page.find("<img") == std::string::npos);
    CHECK(page.find("&lt;img") != std::string::npos);
}

TEST_CASE("the distribution has at each share what that share did not exceed") {
    auto report = finished_run(5ms);
    report.times.delivery = {};
    for (int ms = 1; ms <= 100; ++ms) report.times.delivery.record(std::chrono::milliseconds(ms));
    const auto page = report_as_html(as_json(report));
    const auto from = page.find("latency in ms by share");
    const auto line = page.substr(page.find(R"("name":"delivery","y":[)", from) + 23);
    auto values = boost::json::parse("[" + line.substr(0, line.find(']')) + "]").as_array();
    const auto at = [&](double nines) { return values[static_cast<std::size_t>(nines * 20)].to_number<double>(); };
    CHECK(at(0) == Catch::Approx(1).epsilon(0.01));
    CHECK(at(1) == Catch::Approx(90).epsilon(0.01));
    CHECK(at(2) == Catch::Approx(99).epsilon(0.01));
    CHECK(values.back().is_null()); // of a hundred records there are no 99.99 %
}

TEST_CASE("a long run's page stays small") {
    auto report = finished_run(5ms);
    for (int second = 0; second < 20'000; ++second)
        report.series.add({.at_seconds = second + 10.123456,
                           .phase = "load",
                           .live = 12345,
                           .sent = 12345678,
                           .acked = 12345678,
                           .delivered = 12345678,
                           .refused = 12345678,
                           .ack_p50 = 12'345'678ns,
                           .ack_p99 = 12'345'678ns,
                           .delivery_p50 = 12'345'678ns,
                           .delivery_p99 = 12'345'678ns,
                           .rss_bytes = 1'234'567'890,
                           .descriptors = 12345});
    CHECK(report_as_html(as_json(report)).size() < 250'000);
}
