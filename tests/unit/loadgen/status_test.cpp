#include "loadgen/report/status.hpp"

#include "loadgen/state/load_profile.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>

using namespace wsd::loadgen;
using namespace std::chrono_literals;

namespace {

constexpr screen wide{.columns = 200, .rows = 50, .colour = false};

// Twelve seconds of a load of 30 s that grows.
run_status busy() {
    run_status status{.scenario = "chat",
                      .phase = "load",
                      .seconds = 12,
                      .seconds_max = 30,
                      .stage = 2,
                      .stages = 3,
                      .stage_rate = 500,
                      .sent_per_second = 480,
                      .delivered_per_second = 960,
                      .ack_p99 = 3ms,
                      .delivery_p99 = 4ms};
    status.count.live = 100;
    status.count.scheduled = status.count.sent = 6000;
    status.count.delivered = 12000;
    for (int second = 1; second <= 12; ++second)
        status.past.add({.at_seconds = static_cast<double>(second),
                         .acked = static_cast<std::uint64_t>(second) * 10,
                         .delivery_p99 = std::chrono::milliseconds(13 - second)});
    return status;
}

// Columns, without what sets colours.
std::size_t width(const std::string& line) {
    std::size_t columns = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (line[at] == '\x1b') {
            at = line.find('m', at);
        } else if ((static_cast<unsigned char>(line[at]) & 0xc0) != 0x80) {
            ++columns;
        }
    }
    return columns;
}

} // namespace

TEST_CASE("a sparkline goes from nothing to the highest value") {
    CHECK(sparkline({}).empty());
    CHECK(sparkline({0, 0}) == "▁▁");
    CHECK(sparkline({0, 1, 2, 3, 4, 5, 6, 7}) == "▁▂▃▄▅▆▇█");
    CHECK(sparkline({5}) == "█");
}

TEST_CASE("a run that sends is drawn in six lines with what matters") {
    auto status = busy();
    status.names.refusals.add("RATE_LIMITED", 7);
    status.names.closes.add("1013", 2);
    const auto lines = draw_status(status, wide);
    REQUIRE(lines.size() == 6);
    CHECK(lines[0] == "chat          load 12.0s of 30.0s  ████████░░░░░░░░░░░░ 40%  stage 2 of 3, 500/s");
    CHECK(lines[1] == "connections   100 live · 0 connecting");
    CHECK(lines[2] == "messages      480 sent/s · 960 delivered/s · 0 unanswered · 0 refused");
    CHECK(lines[3] == "acked/s       ▂▂▃▃▄▅▅▆▆▇▇█ 120, at most 120");
    CHECK(lines[4] == "delivery p99  █▇▇▆▆▅▅▄▃▃▂▂ 4.00ms, ack 3.00ms");
    CHECK(lines[5] == "errors        RATE_LIMITED x 7 · close 1013 x 2");
}

TEST_CASE("a run that sends nothing is drawn in four lines") {
    run_status status{.scenario = "connect", .phase = "ramp", .seconds = 1};
    status.past.add({.upgrades = 50});
    const auto lines = draw_status(status, wide);
    REQUIRE(lines.size() == 4);
    CHECK(lines[0] == "connect       ramp 1.0s");
    CHECK(lines[2] == "upgrades/s    █ 50, at most 50");
    CHECK(lines[3] == "errors        none");
}

TEST_CASE("no line is as wide as the screen, and there are fewer than it has rows") {
    auto status = busy();
    for (int second = 0; second < 300; ++second) status.past.add({.acked = 5, .delivery_p99 = 1ms});
    for (int code = 0; code < 20; ++code) status.names.refusals.add("A_LONG_CODE_" + std::to_string(code));
    for (const bool colour : {false, true}) {
        for (std::size_t columns = 1; columns < 150; ++columns)
            for (const auto& line : draw_status(status, {.columns = columns, .rows = 24, .colour = colour})) {
                CAPTURE(line);
                CHECK(width(line) < std::max<std::size_t>(columns, 2));
            }
    }
    CHECK(draw_status(status, {.columns = 80, .rows = 4, .colour = false}).size() == 3);
}

TEST_CASE("without colour nothing is coloured, with it what is wrong is red") {
    auto status = busy();
    status.names.refusals.add("RATE_LIMITED");
    for (const auto& line : draw_status(status, wide)) CHECK(line.find('\x1b') == std::string::npos);
    auto coloured = wide;
    coloured.colour = true;
    CHECK(draw_status(status, coloured).back().starts_with("\x1b[31m"));
}

TEST_CASE("the four most frequent codes are named, and what the server calls them can't move the cursor") {
    auto status = busy();
    for (int code = 1; code <= 5; ++code)
        status.names.refusals.add("C" + std::to_string(code), static_cast<std::uint64_t>(code));
    status.names.notices.add("\x1b[2J\xc2\x9b", 9);
    const auto last = draw_status(status, wide).back();
    CHECK(last == "errors        ?[2J?? x 9 · C5 x 5 · C4 x 4 · C3 x 3 · ...");
    CHECK(format_status(status).find('\x1b') == std::string::npos);
}

TEST_CASE("a line of a log says how far the run is, and what went wrong") {
    auto status = busy();
    status.names.connect_failures.add("CONNECTION_LIMIT_IP", 3);
    const auto line = format_status(status);
    CHECK(line == "load 12.0s of 30.0s, stage 2 of 3, 500/s | 100 live | 480 sent/s, 960 delivered/s | p99 ack 3.00ms, "
                  "delivery 4.00ms | CONNECTION_LIMIT_IP x 3");
}

TEST_CASE("each drawing goes over the one before, the last is erased") {
    status_display display;
    CHECK(display.erase().empty());
    CHECK(display.redraw(busy(), wide).starts_with("\rchat"));
    CHECK(display.redraw(busy(), wide).starts_with("\r\x1b[6Achat"));
    run_status fewer{.scenario = "chat", .phase = "close"};
    const auto text = display.redraw(fewer, wide);
    CHECK(text.starts_with("\r\x1b[6A"));
    CHECK(text.ends_with("\x1b[J"));
    CHECK(std::ranges::count(text, '\n') == 4);
    CHECK(display.erase() == "\r\x1b[4A\x1b[J");
    CHECK(display.erase().empty());
}

TEST_CASE("the stage of a load is known at any time") {
    load_profile profile;
    profile.add_stage(10s, 100);
    profile.add_stage(5s, 0);
    profile.add_stage(10s, 300);
    CHECK(profile.stage_at(-1s).number == 0);
    CHECK(profile.stage_at(0s).number == 1);
    CHECK(profile.stage_at(12s).number == 2);
    CHECK(profile.stage_at(100s).number == 3);
    CHECK(profile.stage_at(100s).per_second == 300);
    CHECK(profile.stage_at(0s).of == 3);
}

TEST_CASE("the tail of a series is its last points") {
    series all;
    for (int second = 0; second < 5; ++second) all.add({.at_seconds = static_cast<double>(second)});
    CHECK(all.tail(9).size() == 5);
    std::vector<double> seen;
    all.tail(2).for_each([&](const series_point& one) { seen.push_back(one.at_seconds); });
    CHECK(seen == std::vector<double>{3, 4});
}
