#include "server/observe/metrics.hpp"
#include "tests/support/promtool.hpp"
#include "tests/support/recording_logger.hpp"

#include <catch_amalgamated.hpp>

#include <array>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace wsd;
using namespace std::chrono_literals;

namespace {

const test::recording_logger no_log;

// The value of the series that is written exactly so; "absent" when there is none.
std::string value_of(const std::string& text, const std::string& series) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(series + " ")) return line.substr(series.size() + 1);
    }
    return "absent";
}

// A registry with something in every kind of metric.
std::string busy_exposition() {
    metrics_registry registry("1.2.3", no_log);
    metrics_block& block = registry.make_block();
    block.count<metric::connections_accepted>();
    block.observe<metric::ack_latency>(3ms);
    registry.add_collector([](metric_writer& writer) {
        writer.family(metric_type::gauge, "wsd_mailbox_depth",
                      "Messages waiting in a shard's \"mailbox\".\nTwo \\ lines.");
        writer.sample(std::uint64_t{3}, {{"shard", "0"}});
        writer.sample(std::int64_t{-3}, {{"shard", "odd \"\\\n name"}});
    });
    registry.add_collector([](metric_writer& writer) {
        const std::array<std::uint64_t, 3> bounds{1, 10, 100};
        const std::array<std::uint64_t, 4> counts{4, 3, 2, 1};
        writer.family(metric_type::histogram, "wsd_commit_operations", "Operations in a commit.");
        writer.histogram({.bounds = bounds, .counts = counts, .sum = 1234});
    });
    return registry.render();
}

} // namespace

TEST_CASE("counters of all threads are summed", "[observe]") {
    metrics_registry registry("1.2.3", no_log);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t) {
        metrics_block& block = registry.make_block();
        threads.emplace_back([&block] {
            for (int i = 0; i < 1000; ++i) block.count<metric::sent_bytes>(10);
            block.count<metric::frames_sent>(label::frame::reply);
            block.count<metric::errors_sent>(error_code::validation_error);
            block.count<metric::frames_received>(label_of(client_type::ping), 2);
            block.count<metric::frames_received>(label_of(std::nullopt));
        });
    }
    threads.clear();
    const std::string text = registry.render();
    CHECK(value_of(text, "wsd_sent_bytes_total") == "30000");
    CHECK(value_of(text, R"(wsd_frames_sent_total{class="reply"})") == "3");
    CHECK(value_of(text, R"(wsd_frames_sent_total{class="event"})") == "0");
    CHECK(value_of(text, R"(wsd_frames_received_total{type="PING"})") == "6");
    CHECK(value_of(text, R"(wsd_frames_received_total{type="HELLO"})") == "0");
    CHECK(value_of(text, R"(wsd_frames_received_total{type="other"})") == "3");
    CHECK(value_of(text, R"(wsd_errors_sent_total{code="VALIDATION_ERROR"})") == "3");
    CHECK(value_of(text, R"(wsd_build_info{version="1.2.3"})") == "1");
}

TEST_CASE("a gauge is the sum of the threads' shares, also when one is negative", "[observe]") {
    metrics_registry registry("1.2.3", no_log);
    metrics_block& first = registry.make_block();
    metrics_block& second = registry.make_block();
    first.change<metric::connections_open>(5);
    second.change<metric::connections_open>(-2);
    first.set<metric::tail_bytes>(100);
    second.set<metric::tail_bytes>(20);
    second.change<metric::users_attached>(-1);
    const std::string text = registry.render();
    CHECK(value_of(text, "wsd_connections_open") == "3");
    CHECK(value_of(text, "wsd_tail_bytes") == "120");
    CHECK(value_of(text, "wsd_users_attached") == "-1");
}

TEST_CASE("a histogram's bounds are inclusive and its buckets cumulative", "[observe]") {
    metrics_registry registry("1.2.3", no_log);
    metrics_block& block = registry.make_block();
    for (const std::chrono::nanoseconds d :
         {std::chrono::nanoseconds(-5ns), std::chrono::nanoseconds(100us), std::chrono::nanoseconds(100'001ns),
          std::chrono::nanoseconds(2s), std::chrono::nanoseconds(11s)}) {
        block.observe<metric::delivery_latency>(d);
    }
    const std::string text = registry.render();
    const std::string name = "wsd_delivery_latency_seconds";
    CHECK(value_of(text, name + R"(_bucket{le="0.0001"})") == "2");
    CHECK(value_of(text, name + R"(_bucket{le="0.00025"})") == "3");
    CHECK(value_of(text, name + R"(_bucket{le="1"})") == "3");
    CHECK(value_of(text, name + R"(_bucket{le="2.5"})") == "4");
    CHECK(value_of(text, name + R"(_bucket{le="10"})") == "4");
    CHECK(value_of(text, name + R"(_bucket{le="+Inf"})") == "5");
    CHECK(value_of(text, name + "_count") == "5");
    CHECK(value_of(text, name + "_sum") == "13.000200001");
}

TEST_CASE("closes and refusals find their series by the texts of the protocol", "[observe]") {
    metrics_registry registry("1.2.3", no_log);
    metrics_block& block = registry.make_block();
    for (const std::string_view reason : {"MALFORMED", "slow consumer", "HEARTBEAT", "no such reason", "peer", ""}) {
        block.count<metric::connections_closed>(find_close(reason));
    }
    for (const int code : {1000, 1005, 1006, 4999}) {
        block.count<metric::connections_closed>(find_peer_close(static_cast<std::uint16_t>(code)));
    }
    for (const std::string_view code : {"CONNECTION_LIMIT", "CONNECTION_LIMIT_IP", "TIMEOUT", "X"}) {
        block.count<metric::upgrades_refused>(find_refusal(code));
    }
    const std::string text = registry.render();
    CHECK(value_of(text, R"(wsd_connections_closed_total{code="1008",reason="MALFORMED"})") == "1");
    CHECK(value_of(text, R"(wsd_connections_closed_total{code="1013",reason="slow consumer"})") == "1");
    CHECK(value_of(text, R"(wsd_connections_closed_total{code="1006",reason="HEARTBEAT"})") == "1");
    CHECK(value_of(text, R"(wsd_connections_closed_total{code="other",reason="other"})") == "3");
    CHECK(value_of(text, R"(wsd_connections_closed_total{code="1000",reason="peer"})") == "1");
    CHECK(value_of(text, R"(wsd_connections_closed_total{code="1005",reason="peer"})") == "1");
    CHECK(value_of(text, R"(wsd_connections_closed_total{code="1006",reason="peer"})") == "1");
    CHECK(value_of(text, R"(wsd_connections_closed_total{code="other",reason="peer"})") == "1");
    CHECK(value_of(text, R"(wsd_upgrades_refused_total{code="CONNECTION_LIMIT"})") == "1");
    CHECK(value_of(text, R"(wsd_upgrades_refused_total{code="CONNECTION_LIMIT_IP"})") == "1");
    CHECK(value_of(text, R"(wsd_upgrades_refused_total{code="TIMEOUT"})") == "1");
    CHECK(value_of(text, R"(wsd_upgrades_refused_total{code="other"})") == "1");
}

TEST_CASE("the exposition is well formed: each family once, with help and type, no series twice", "[observe]") {
    const std::string text = busy_exposition();
    const std::regex sample(
        R"re(([a-z_]+)(\{[a-z_]+="(\\[\\"n]|[^"\\])*"(,[a-z_]+="(\\[\\"n]|[^"\\])*")*\})? (-?[0-9]+(\.[0-9]*[1-9])?))re");
    std::map<std::string, std::string> types;
    std::set<std::string> series;
    std::string current;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        CAPTURE(line);
        if (line.starts_with("# HELP ")) {
            current = line.substr(7, line.find(' ', 7) - 7);
            CHECK(line.size() > 8 + current.size());
            continue;
        }
        if (line.starts_with("# TYPE ")) {
            CHECK(line.substr(7, line.find(' ', 7) - 7) == current);
            CHECK(types.emplace(current, line.substr(8 + current.size())).second);
            continue;
        }
        std::smatch match;
        REQUIRE(std::regex_match(line, match, sample));
        CHECK(series.insert(match[1].str() + match[2].str()).second);
        std::string family = match[1];
        if (types[current] == "histogram") family = family.substr(0, family.rfind('_'));
        CHECK(family == current);
        CHECK((types[current] == "counter") == family.ends_with("_total"));
        CHECK((family.starts_with("wsd_") || family.starts_with("process_")));
    }
    CHECK(types.size() >= metric_count + 5);
    CHECK(text.back() == '\n');
    CHECK(value_of(text, R"(wsd_commit_operations_bucket{le="10"})") == "7");
    CHECK(value_of(text, "wsd_commit_operations_sum") == "1234");
    CHECK(value_of(text, R"(wsd_mailbox_depth{shard="odd \"\\\n name"})") == "-3");
    CHECK(std::stoull(value_of(text, "process_resident_memory_bytes")) > 1'000'000);
    CHECK(std::stoull(value_of(text, "process_open_fds")) >= 3);
}

TEST_CASE("promtool finds nothing to complain about", "[observe]") {
    CHECK(test::promtool_complaints(busy_exposition()) == "");
    if (std::filesystem::exists("/usr/bin/promtool")) {
        CHECK(test::promtool_complaints("# TYPE x counter\nx 1\n") != "");
    }
}

TEST_CASE("the registry refuses more than it has room for", "[observe]") {
    metrics_registry registry("1.2.3", no_log);
    for (std::size_t i = 0; i < metrics_registry::blocks_max; ++i) (void)registry.make_block();
    CHECK_THROWS_AS(registry.make_block(), std::length_error);
    for (std::size_t i = 0; i < metrics_registry::collectors_max; ++i) registry.add_collector([](metric_writer&) {});
    CHECK_THROWS_AS(registry.add_collector([](metric_writer&) {}), std::length_error);
}
