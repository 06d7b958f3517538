#include "server/observe/correlation.hpp"

#include <catch_amalgamated.hpp>

#include <set>
#include <string>

using wsd::correlation_id;
using wsd::correlation_source;

TEST_CASE("a correlation id is a version 4 UUID", "[observe]") {
    correlation_source source({1, 2, 3, 4});
    for (int i = 0; i < 1000; ++i) {
        std::string text;
        source.next().append_to(text);
        REQUIRE(text.size() == 36);
        CHECK(text[14] == '4');
        CHECK(std::string("89ab").find(text[19]) != std::string::npos);
    }
}

TEST_CASE("a seed gives one sequence, without repetition", "[observe]") {
    correlation_source one({7, 0, 0, 0});
    correlation_source same({7, 0, 0, 0});
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
    for (int i = 0; i < 10'000; ++i) {
        const correlation_id id = one.next();
        CHECK(id == same.next());
        CHECK(seen.emplace(id.high, id.low).second);
    }
}

TEST_CASE("seeds of the system differ", "[observe]") {
    CHECK(correlation_source::os_seed() != correlation_source::os_seed());
}
