#include "loadgen/state/outbox.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd;
using namespace wsd::loadgen;
using namespace std::chrono_literals;

namespace {
constexpr steady_time t0{1s};

void send_all(outbox& box, steady_time now) {
    while (const auto number = box.next_to_send()) box.mark_sent(*number, now);
}
} // namespace

TEST_CASE("messages are numbered and sent in order, and settled in any") {
    outbox box;
    for (int i = 0; i < 4; ++i) CHECK(box.add(t0 + i * 1ms).value() == static_cast<std::uint32_t>(i + 1));
    send_all(box, t0 + 10ms);
    CHECK(box.unsettled() == 4);
    CHECK(box.settle(2)->due == t0 + 1ms);
    CHECK_FALSE(box.settle(2).has_value());
    CHECK(box.settle(1)->sent == t0 + 10ms);
    CHECK(box.settle(3).has_value());
    CHECK(box.unsettled() == 1);
    CHECK_FALSE(box.settle(9).has_value());
    CHECK(box.pending(100) == std::vector<std::uint32_t>{4});
}

TEST_CASE("what was not sent can't be settled") {
    outbox box;
    box.add(t0);
    CHECK_FALSE(box.settle(1).has_value());
    CHECK(box.pending(100).empty());
}

TEST_CASE("after a break what is unsettled is sent again, in order, with its first sending time") {
    outbox box;
    for (int i = 0; i < 5; ++i) box.add(t0);
    for (int i = 0; i < 4; ++i) box.mark_sent(box.next_to_send().value(), t0 + 1ms);
    box.settle(1);
    box.settle(3);
    CHECK(box.pending(100) == std::vector<std::uint32_t>{2, 4});
    CHECK(box.pending(1) == std::vector<std::uint32_t>{2});
    box.break_off();
    std::vector<std::uint32_t> again;
    while (const auto number = box.next_to_send()) {
        again.push_back(*number);
        box.mark_sent(*number, t0 + 50ms);
    }
    CHECK(again == std::vector<std::uint32_t>{2, 4, 5});
    CHECK(box.find(2)->repeated);
    CHECK(box.find(2)->overtaken);
    CHECK_FALSE(box.find(4)->overtaken);
    CHECK(box.settle(2)->sent == t0 + 1ms);
    CHECK_FALSE(box.settle(5)->repeated);
}

TEST_CASE("an outbox takes a bounded number of unsettled messages") {
    outbox box;
    for (std::uint32_t i = 0; i < outbox::slots_max; ++i) REQUIRE(box.add(t0).has_value());
    CHECK_FALSE(box.add(t0).has_value());
    send_all(box, t0);
    for (std::uint32_t number = 1; number <= 2000; ++number) REQUIRE(box.settle(number).has_value());
    CHECK(box.add(t0).value() == outbox::slots_max + 1);
}
