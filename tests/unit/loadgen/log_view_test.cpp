#include "loadgen/state/log_view.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd::loadgen;
using step = log_view::step;

namespace {

struct fixture {
    log_view view{true};
    log_view::own_entries represented;

    step show(std::uint64_t seq) { return view.show(seq, represented); }
    void skip(std::uint64_t from, std::uint64_t to) { view.skip(from, to, represented); }
    void resumed(std::uint64_t up_to) { view.resumed(up_to, represented); }
};

} // namespace

TEST_CASE_METHOD(fixture, "entries in order leave no trace") {
    view.start(10);
    for (std::uint64_t seq = 11; seq <= 20; ++seq) CHECK(show(seq) == step::next);
    skip(21, 25);
    CHECK(show(26) == step::next);
    CHECK(view.missing() == 0);
    CHECK(view.resume() == 26);
}

TEST_CASE_METHOD(fixture, "two swapped entries are one late one and no hole") {
    view.start(0);
    CHECK(show(1) == step::next);
    CHECK(show(3) == step::ahead);
    CHECK(view.missing() == 1);
    CHECK(show(2) == step::late);
    CHECK(view.missing() == 0);
    CHECK(show(4) == step::next);
}

TEST_CASE_METHOD(fixture, "an entry shown twice is old") {
    view.start(0);
    show(1);
    CHECK(show(1) == step::old);
    show(2);
    CHECK(show(1) == step::old);
}

TEST_CASE_METHOD(fixture, "a resume begins before the first hole and brings what was missing") {
    view.start(0);
    for (const std::uint64_t seq : {1ULL, 2ULL, 4ULL, 5ULL, 8ULL, 9ULL}) show(seq);
    CHECK(view.missing() == 3);
    CHECK(view.resume() == 2);
    CHECK(show(3) == step::restored);
    CHECK(show(4) == step::again);
    CHECK(show(5) == step::again);
    CHECK(show(6) == step::restored);
    // 7 does not come back.
    CHECK(show(8) == step::again);
    CHECK(show(9) == step::again);
    CHECK(show(10) == step::next);
    resumed(10);
    CHECK(view.missing() == 1);
    CHECK(view.resume() == 10);
    CHECK(show(11) == step::next);
}

TEST_CASE_METHOD(fixture, "a hole that a resume does not fill is asked for once only") {
    view.start(0);
    show(1);
    show(3);
    CHECK(view.resume() == 1);
    CHECK(show(3) == step::again);
    resumed(3);
    CHECK(view.missing() == 1);
    CHECK(view.resume() == 3);
    CHECK(show(4) == step::next);
    CHECK(show(3) == step::old);
}

TEST_CASE_METHOD(fixture, "a series cut short is resumed where it still owes") {
    view.start(0);
    for (const std::uint64_t seq : {1ULL, 3ULL, 5ULL, 6ULL}) show(seq);
    CHECK(view.resume() == 1);
    CHECK(show(2) == step::restored);
    // Cut here.
    CHECK(view.resume() == 2);
    CHECK(show(3) == step::again);
    CHECK(show(4) == step::restored);
    CHECK(show(5) == step::again);
    CHECK(show(6) == step::again);
    resumed(6);
    CHECK(view.missing() == 0);
    CHECK(view.cursor() == 6);
}

TEST_CASE_METHOD(fixture, "a series that ends beyond what it showed leaves a hole") {
    view.start(5);
    CHECK(view.resume() == 5);
    CHECK(show(6) == step::next);
    resumed(8);
    CHECK(view.missing() == 2);
    CHECK(view.cursor() == 8);
}

TEST_CASE_METHOD(fixture, "a reply stands for the next entry, and for a later one only when the stream went past it") {
    view.start(0);
    CHECK(view.own_reply({1, 1}));
    CHECK(view.cursor() == 1);
    // The entry 3 is own, 2 is still under way and then both are shown.
    CHECK_FALSE(view.own_reply({3, 2}));
    CHECK(show(2) == step::next);
    CHECK(show(3) == step::next);
    CHECK(represented.empty());
    // 4 was dropped on its way, the reply stood for 5.
    CHECK_FALSE(view.own_reply({5, 3}));
    CHECK(show(6) == step::ahead);
    REQUIRE(represented.size() == 1);
    CHECK(represented[0].number == 3);
    CHECK(view.missing() == 1);
}

TEST_CASE_METHOD(fixture, "somebody else's entry under our next number is not held against ours") {
    view.start(0);
    view.stray(7);
    CHECK(view.cursor() == 0);
    view.stray(1);
    CHECK(show(1) == step::next);
    CHECK(show(2) == step::next);
    CHECK(show(2) == step::old);
}

TEST_CASE_METHOD(fixture, "somebody else's entry ahead in our log leaves no hole and is no successor") {
    view.start(0);
    CHECK(view.stray(2) == step::next);
    CHECK(view.cursor() == 0);
    CHECK(show(3) == step::ahead);
    CHECK(view.missing() == 1);
    CHECK(show(1) == step::late);
    CHECK(view.missing() == 0);
}

TEST_CASE_METHOD(fixture, "somebody else's entry that a resume shows again was seen before") {
    view.start(0);
    CHECK(view.stray(1) == step::next);
    show(3);
    CHECK(view.stray(4) == step::next);
    CHECK(view.resume() == 1);
    CHECK(view.stray(2) == step::restored);
    CHECK(show(3) == step::again);
    CHECK(view.stray(4) == step::again);
    CHECK(view.stray(3) == step::next); // under that number another one was shown before
    resumed(4);
    CHECK(view.missing() == 0);
    CHECK(view.stray(5) == step::next);
}

TEST_CASE_METHOD(fixture, "skipped entries fill holes and may overlap what was shown") {
    view.start(0);
    show(1);
    show(4);
    skip(2, 3);
    CHECK(view.resume() == 1);
    skip(2, 3);
    CHECK(show(4) == step::again);
    resumed(4);
    CHECK(view.missing() == 0);
}

TEST_CASE_METHOD(fixture, "a gap that the server reports is no hole") {
    view.start(0);
    show(1);
    show(5);
    view.resume();
    view.reported_gap(20);
    CHECK(view.missing() == 0);
    CHECK(view.cursor() == 20);
    CHECK(show(21) == step::next);
}

TEST_CASE("without the cap seq holes mean nothing") {
    log_view view{false};
    log_view::own_entries own;
    view.start(0);
    CHECK(view.show(1, own) == step::next);
    CHECK(view.show(9, own) == step::ahead);
    CHECK(view.missing() == 0);
}

TEST_CASE("any number of holes is counted, however many are remembered") {
    log_view view{true};
    log_view::own_entries own;
    view.start(0);
    for (std::uint64_t seq = 2; seq <= 10'000; seq += 2) view.show(seq, own);
    CHECK(view.missing() == 5000);
}
