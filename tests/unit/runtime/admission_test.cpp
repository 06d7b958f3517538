#include "server/runtime/admission.hpp"

#include <catch_amalgamated.hpp>

#include <array>
#include <atomic>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

using namespace wsd;
using verdict = admission_store::verdict;

namespace {

ip_key address(std::uint8_t last) { return ip_key::from_v4({192, 0, 2, last}); }

} // namespace

TEST_CASE("a place is taken until its slot is gone", "[runtime]") {
    admission limits({.connections_max = 2});
    {
        const auto first = limits.reserve(address(1), {});
        auto second = limits.reserve(address(2), {});
        CHECK(first.verdict == verdict::admitted);
        CHECK(static_cast<bool>(first.place));
        const auto third = limits.reserve(address(3), {});
        CHECK(third.verdict == verdict::connection_limit);
        CHECK_FALSE(static_cast<bool>(third.place));
        CHECK(limits.count() == 2);
        second.place = {};
        CHECK(limits.count() == 1);
        CHECK(limits.reserve(address(3), {}).verdict == verdict::admitted);
    }
    CHECK(limits.count() == 0);
}

TEST_CASE("a slot that is moved is released once", "[runtime]") {
    admission limits({.connections_per_ip_max = 1});
    admission::slot kept;
    {
        auto taken = limits.reserve(address(1), {});
        kept = std::move(taken.place);
        CHECK(limits.reserve(address(1), {}).verdict == verdict::connection_limit_ip);
        admission::slot moved(std::move(kept));
        kept = std::move(moved);
        auto& same = kept;
        kept = std::move(same);
        auto other = limits.reserve(address(2), {});
        CHECK(limits.count() == 2);
        kept = std::move(other.place);
        CHECK(limits.count() == 1);
        CHECK(limits.reserve(address(1), {}).verdict == verdict::admitted);
    }
    CHECK(limits.count() == 1);
    kept = {};
    CHECK(limits.count() == 0);
}

TEST_CASE("the limits hold exactly when all threads ask at once", "[runtime]") {
    constexpr int threads = 4;
    constexpr int asked_by_each = 500;
    constexpr std::uint32_t per_ip = 100;
    constexpr std::uint64_t in_all = 250;
    admission limits({.connections_max = in_all, .connections_per_ip_max = per_ip});
    for (int round = 0; round < 20; ++round) {
        std::atomic<std::uint64_t> admitted{0};
        std::array<std::atomic<std::uint32_t>, 3> of_address{};
        std::latch begin(threads);
        std::latch asked(threads);
        std::vector<std::jthread> runners;
        for (int t = 0; t < threads; ++t) {
            runners.emplace_back([&] {
                std::vector<admission::slot> held;
                begin.arrive_and_wait();
                for (int i = 0; i < asked_by_each; ++i) {
                    const auto which = static_cast<std::uint8_t>(i % 3);
                    auto outcome = limits.reserve(address(which), {});
                    if (!outcome.place) continue;
                    ++admitted;
                    ++of_address[which];
                    held.push_back(std::move(outcome.place));
                }
                asked.arrive_and_wait();
            });
        }
        runners.clear();
        CHECK(admitted == in_all);
        for (const auto& n : of_address) CHECK(n <= per_ip);
        CHECK(limits.count() == 0);
    }
}

TEST_CASE("places given back on other threads are free at once", "[runtime]") {
    admission limits({.connections_max = 8});
    std::atomic<int> refused{0};
    {
        std::vector<std::jthread> runners;
        for (int t = 0; t < 4; ++t) {
            runners.emplace_back([&] {
                for (int i = 0; i < 20'000; ++i) {
                    const auto one = limits.reserve(address(1), {});
                    const auto two = limits.reserve(address(2), {});
                    if (!one.place || !two.place) ++refused;
                }
            });
        }
    }
    CHECK(refused == 0);
    CHECK(limits.count() == 0);
}
