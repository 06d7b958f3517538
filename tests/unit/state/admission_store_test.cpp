#include "common/state/admission_store.hpp"

#include <catch_amalgamated.hpp>

#include <deque>
#include <map>
#include <random>
#include <vector>

namespace {

using namespace wsd;
using namespace std::chrono_literals;
using verdict = admission_store::verdict;

const steady_time start{1000h};

ip_key v4(std::uint8_t last) { return ip_key::from_v4({192, 0, 2, last}); }

} // namespace

TEST_CASE("the limits in all and per address are exact, and a released place is free again") {
    admission_store s({.connections_max = 3, .connections_per_ip_max = 2});
    CHECK(s.reserve(v4(1), start) == verdict::admitted);
    CHECK(s.reserve(v4(1), start) == verdict::admitted);
    CHECK(s.reserve(v4(1), start) == verdict::connection_limit_ip);
    CHECK(s.reserve(v4(2), start) == verdict::admitted);
    CHECK(s.reserve(v4(1), start) == verdict::connection_limit);
    s.release(v4(1));
    CHECK(s.reserve(v4(1), start) == verdict::admitted);
    CHECK(s.count() == 3);
    CHECK(s.count_of(v4(1)) == 2);
    for (const ip_key& ip : {v4(1), v4(1), v4(2)}) s.release(ip);
    CHECK(s.count() == 0);
    CHECK(s.count_addresses() == 0);
}

TEST_CASE("zero means no limit") {
    admission_store s({});
    for (int i = 0; i < 1000; ++i) REQUIRE(s.reserve(v4(1), start) == verdict::admitted);
    CHECK(s.count() == 1000);
}

TEST_CASE("upgrades beyond the rate are refused, take no place, and count themselves") {
    admission_store s({.accepts_per_second = 2});
    CHECK(s.reserve(v4(1), start) == verdict::admitted);
    CHECK(s.reserve(v4(1), start + 500ms) == verdict::admitted);
    CHECK(s.reserve(v4(1), start + 999ms) == verdict::connection_rate);
    CHECK(s.reserve(v4(1), start + 1499ms) == verdict::connection_rate);
    CHECK(s.reserve(v4(1), start + 1999ms) == verdict::admitted);
    CHECK(s.count() == 3);
}

TEST_CASE("upgrades refused by a limit don't count for the rate") {
    admission_store s({.connections_max = 1, .accepts_per_second = 2});
    CHECK(s.reserve(v4(1), start) == verdict::admitted);
    CHECK(s.reserve(v4(1), start) == verdict::connection_limit);
    CHECK(s.reserve(v4(1), start) == verdict::connection_limit);
    s.release(v4(1));
    CHECK(s.reserve(v4(1), start) == verdict::admitted);
}

TEST_CASE("an IPv6 address counts by its /64 and a mapped one as its IPv4 address") {
    std::array<std::uint8_t, 16> a{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9};
    std::array<std::uint8_t, 16> b = a;
    b[15] = 1;
    CHECK(ip_key::from_v6(a) == ip_key::from_v6(b));
    b[7] = 2;
    CHECK(ip_key::from_v6(a) != ip_key::from_v6(b));
    CHECK(ip_key::from_v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7}) == v4(7));
    CHECK(ip_key::from_v6({}) != ip_key::from_v4({}));
}

TEST_CASE("admission behaves like plain counting under random use") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    admission_store s({.connections_max = 40, .connections_per_ip_max = 7, .accepts_per_second = 25});
    std::map<std::uint8_t, std::uint32_t> per_ip;
    std::vector<std::uint8_t> admitted;
    std::deque<steady_time> reached;
    steady_time now = start;
    for (int step = 0; step < 50'000; ++step) {
        now += std::chrono::microseconds(random() % 60'000);
        if (!admitted.empty() && random() % 2 == 0) {
            const auto at = admitted.begin() + static_cast<std::ptrdiff_t>(random() % admitted.size());
            s.release(v4(*at));
            --per_ip[*at];
            admitted.erase(at);
            continue;
        }
        const auto ip = static_cast<std::uint8_t>(random() % 10);
        verdict expected = verdict::admitted;
        if (admitted.size() == 40)
            expected = verdict::connection_limit;
        else if (per_ip[ip] == 7)
            expected = verdict::connection_limit_ip;
        else {
            reached.push_back(now);
            std::erase_if(reached, [now](steady_time t) { return now - t >= 1s; });
            if (reached.size() > 25) expected = verdict::connection_rate;
        }
        REQUIRE(static_cast<int>(s.reserve(v4(ip), now)) == static_cast<int>(expected));
        if (expected == verdict::admitted) {
            admitted.push_back(ip);
            ++per_ip[ip];
        }
        REQUIRE(s.count() == admitted.size());
        REQUIRE(s.count_of(v4(ip)) == per_ip[ip]);
    }
}
