#include "loadgen/random.hpp"
#include "loadgen/state/histogram.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace wsd::loadgen;
using namespace std::chrono_literals;

TEST_CASE("percentiles are at most 0.8 % above the exact ones") {
    const std::uint64_t seed = Catch::getSeed();
    CAPTURE(seed);
    random_source random(seed);
    histogram all;
    std::vector<std::int64_t> exact;
    for (int i = 0; i < 100'000; ++i) {
        // Spread evenly over nine decades.
        const auto ns = static_cast<std::int64_t>(std::pow(10.0, random.unit() * 9));
        all.record(std::chrono::nanoseconds(ns));
        exact.push_back(ns);
    }
    std::ranges::sort(exact);
    for (const double share : {0.0001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
        const auto rank = std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(share * 100'000)));
        const auto expected = exact[rank - 1];
        const auto got = all.percentile(share).count();
        CAPTURE(share, expected, got);
        CHECK(got >= expected);
        CHECK(static_cast<double>(got) <= static_cast<double>(expected) * 1.008 + 1);
    }
    CHECK(all.min().count() == exact.front());
    CHECK(all.max().count() == exact.back());
    CHECK(all.count() == 100'000);
}

TEST_CASE("merged histograms are the histogram of all records") {
    histogram left, right, both;
    for (int i = 1; i <= 1000; ++i) {
        (i % 3 == 0 ? left : right).record(std::chrono::microseconds(i));
        both.record(std::chrono::microseconds(i));
    }
    left.merge(right);
    CHECK(left.count() == both.count());
    CHECK(left.mean() == both.mean());
    CHECK(left.min() == both.min());
    for (const double share : {0.1, 0.5, 0.99, 1.0}) CHECK(left.percentile(share) == both.percentile(share));
}

TEST_CASE("an empty histogram, negative values and values beyond the scale are harmless") {
    histogram some;
    CHECK(some.percentile(0.5) == 0ns);
    CHECK(some.min() == 0ns);
    some.record(-5ns);
    CHECK(some.percentile(1) == 0ns);
    some.record(100h);
    CHECK(some.percentile(1) == 100h);
    CHECK(some.max() == 100h);
    some.clear();
    CHECK(some.count() == 0);
}
