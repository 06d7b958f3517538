#include "loadgen/report/status_line.hpp"
#include "loadgen/state/status_sum.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd::loadgen;
using namespace std::chrono_literals;

namespace {

run_status half() {
    run_status status{.phase = "load",
                      .seconds = 2.5,
                      .seconds_max = 30,
                      .stage = 2,
                      .stages = 3,
                      .stage_rate = 250,
                      .sent_per_second = 240.5,
                      .delivered_per_second = 480,
                      .upgrades_per_second = 7,
                      .ack_p99 = 3ms,
                      .delivery_p99 = 4ms,
                      .lag_p99 = 5us};
    status.count.live = 50;
    status.count.connecting = 1;
    status.count.dead = 2;
    status.count.upgrades = 53;
    status.count.resumes = 3;
    status.count.scheduled = 1001;
    status.count.sent = 1000;
    status.count.acked = 990;
    status.count.refused = 4;
    status.count.unanswered = 6;
    status.count.delivered = 1980;
    status.names.connect_failures.add("503 X", 1);
    status.names.refusals.add("SERVER_BUSY", 4);
    status.names.notices.add("WARNING", 2);
    status.names.closes.add("1013", 3);
    status.names.malformed.add("PONG: \"odd\"\n", 5);
    return status;
}

constexpr wsd::steady_time start{1h};

} // namespace

TEST_CASE("a status line says all that is shown of a status, in one line") {
    const auto line = write_status_line(half());
    CHECK(line.find('\n') == std::string::npos);
    const auto read = read_status_line(line).value();
    CHECK(format_status(read) == format_status(half()));
    const screen wide{.columns = 200, .rows = 50, .colour = false};
    CHECK(draw_status(read, wide) == draw_status(half(), wide));
    CHECK(read.count.upgrades == 53);
    CHECK(read.count.acked == 990);
    CHECK_FALSE(read_status_line("").has_value());
    CHECK_FALSE(read_status_line("[1]").has_value());
    CHECK_FALSE(read_status_line("wsload: what").has_value());
}

TEST_CASE("the status of several processes is their sum, and the worst of their percentiles") {
    status_sum sum(2);
    sum.tell(0, half());
    CHECK_FALSE(sum.complete());
    auto slower = half();
    slower.delivery_p99 = 9ms;
    sum.tell(1, slower);
    REQUIRE(sum.complete());
    const auto whole = sum.whole(start);
    CHECK(whole.phase == "load");
    CHECK(whole.stage == 2);
    CHECK(whole.stage_rate == 500);
    CHECK(whole.sent_per_second == 481);
    CHECK(whole.count.live == 100);
    CHECK(whole.count.sent == 2000);
    CHECK(whole.names.refusals.count("SERVER_BUSY") == 8);
    CHECK(whole.delivery_p99 == 9ms);
    CHECK(whole.past.size() == 0);
    CHECK_FALSE(sum.complete());
}

TEST_CASE("the past of several processes has a point a second") {
    status_sum sum(1);
    auto now = half();
    for (int i = 0; i <= 25; ++i) {
        now.count.acked += 10;
        sum.tell(0, now);
        (void)sum.whole(start + i * 100ms);
    }
    std::vector<std::uint64_t> acked;
    sum.whole(start + 2500ms).past.for_each([&](const series_point& one) { acked.push_back(one.acked); });
    CHECK(acked == std::vector<std::uint64_t>{100, 100});
}

TEST_CASE("a process that has ended is not waited for, and what it did stays in the sum") {
    status_sum sum(2);
    sum.tell(0, half());
    sum.end(1);
    CHECK(sum.complete());
    sum.tell(1, half());
    sum.end(1);
    const auto whole = sum.whole(start);
    CHECK(whole.count.sent == 2000);
    CHECK(whole.count.live == 50);
    CHECK(whole.sent_per_second == 240.5);
    sum.end(0);
    CHECK_FALSE(sum.complete());
}
