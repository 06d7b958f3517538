#include "common/queues/waiting_line.hpp"

#include <catch_amalgamated.hpp>

#include <memory>

using namespace wsd;

TEST_CASE("waiting line: first in, first out, also of what can only be moved", "[queues]") {
    waiting_line<std::unique_ptr<int>> line;
    CHECK(line.empty());
    for (int i = 0; i < 3; ++i) line.push(std::make_unique<int>(i));
    CHECK(*line.take() == 0);
    line.push(std::make_unique<int>(3));
    for (int i = 1; i <= 3; ++i) {
        REQUIRE_FALSE(line.empty());
        CHECK(*line.take() == i);
    }
    CHECK(line.empty());
}
