#include "loadgen/units.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd;
using namespace wsd::loadgen;
using namespace std::chrono_literals;

TEST_CASE("counts take k and m and nothing else") {
    CHECK(parse_count("5").value() == 5);
    CHECK(parse_count("5k").value() == 5'000);
    CHECK(parse_count("2.5k").value() == 2'500);
    CHECK(parse_count("1m").value() == 1'000'000);
    for (const char* bad : {"", "k", "5kk", "5 k", "-1", "+1", "2.5", "1e3", "0x10", "five", "nan", "inf", "5K"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_count(bad).has_value());
    }
}

TEST_CASE("durations take ms, s, m and h; a bare number is seconds") {
    CHECK(parse_duration("250ms").value() == 250ms);
    CHECK(parse_duration("10").value() == 10s);
    CHECK(parse_duration("1.5s").value() == 1500ms);
    CHECK(parse_duration("2m").value() == 2min);
    CHECK(parse_duration("1h").value() == 1h);
    for (const char* bad : {"", "s", "1d", "-1s", "1s ", "721h"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_duration(bad).has_value());
    }
}

TEST_CASE("a range of source addresses may name its last octet or its last address") {
    CHECK(parse_source_range("127.0.0.2-9").value() == source_range{0x7f000002, 8});
    CHECK(parse_source_range("127.0.0.2-127.0.1.1").value() == source_range{0x7f000002, 256});
    CHECK(parse_source_range("127.0.0.7").value() == source_range{0x7f000007, 1});
    for (const char* bad : {"", "127.0.0", "127.0.0.9-2", "127.0.0.1-256", "127.0.0.1-", "10.0.0.0-10.9.0.0", "::1"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_source_range(bad).has_value());
    }
    CHECK(format_address(0x7f000002) == "127.0.0.2");
}

TEST_CASE("URLs are taken apart into host, port and target") {
    const auto plain = parse_url("ws://127.0.0.1:3001/ws").value();
    CHECK(plain.host == "127.0.0.1");
    CHECK(plain.port == 3001);
    CHECK(plain.target == "/ws");
    CHECK(plain.host_and_port() == "127.0.0.1:3001");
    const auto bare = parse_url("ws://example.test").value();
    CHECK(bare.port == 80);
    CHECK(bare.target == "/");
    CHECK(bare.host_and_port() == "example.test");
    const auto six = parse_url("ws://[::1]:3001/ws?x=1").value();
    CHECK(six.host == "::1");
    CHECK(six.target == "/ws?x=1");
    CHECK(six.host_and_port() == "[::1]:3001");
    for (const char* bad : {"", "http://a/", "wss://a/", "ws://", "ws://:1/", "ws://a:0/", "ws://a:70000/", "ws://a:b/",
                            "ws://u@a/", "ws://a/#f", "ws://[::1/", "ws://a:/"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_url(bad).has_value());
    }
}

TEST_CASE("durations and counts are printed with three digits") {
    CHECK(format_duration(999ns) == "999ns");
    CHECK(format_duration(12'345us) == "12.3ms");
    CHECK(format_duration(2s) == "2.00s");
    CHECK(format_count(9'999) == "9999");
    CHECK(format_count(12'345) == "12.3k");
}
