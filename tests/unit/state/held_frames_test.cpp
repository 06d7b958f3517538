#include "common/state/held_frames.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

using namespace wsd;

namespace {

std::vector<std::string> take(held_frames& held) {
    std::vector<std::string> texts;
    held.take_all([&texts](std::string_view text) { texts.emplace_back(text); });
    return texts;
}
using texts = std::vector<std::string>;

} // namespace

TEST_CASE("of each subject the latest frame is held, in the order of the latest") {
    held_frames held;
    const held_frames::limits plenty{.frames = 10, .bytes = 1000};
    CHECK(held.hold("a", "a1", plenty) == 0);
    CHECK(held.hold("b", "b1", plenty) == 0);
    CHECK(held.hold("a", "a2", plenty) == 0);
    CHECK(held.size() == 2);
    CHECK(held.bytes() == 4);
    CHECK(take(held) == texts{"b1", "a2"});
    CHECK(held.empty());
    CHECK(held.bytes() == 0);
    CHECK(held.hold("a", "a3", plenty) == 0);
    CHECK(take(held) == texts{"a3"});
}

TEST_CASE("what is held of a subject can be taken back") {
    held_frames held;
    const held_frames::limits plenty{.frames = 10, .bytes = 1000};
    CHECK(held.hold("a", "a1", plenty) == 0);
    CHECK(held.hold("b", "b1", plenty) == 0);
    CHECK(held.forget("a"));
    CHECK_FALSE(held.forget("a"));
    CHECK_FALSE(held.forget("c"));
    CHECK(held.bytes() == 2);
    CHECK(held.hold("a", "a2", plenty) == 0);
    CHECK(take(held) == texts{"b1", "a2"});
}

TEST_CASE("beyond the limits the oldest go, and the one that does not fit at all") {
    held_frames held;
    const held_frames::limits few{.frames = 2, .bytes = 10};
    CHECK(held.hold("a", "a", few) == 0);
    CHECK(held.hold("b", "b", few) == 0);
    CHECK(held.hold("c", "c", few) == 1);
    CHECK(held.hold("b", "b2", few) == 0);
    CHECK(held.hold("d", "12345678", few) == 1);
    CHECK(take(held) == texts{"b2", "12345678"});
    CHECK(held.hold("e", "e", few) == 0);
    CHECK(held.hold("f", "12345678901", few) == 2);
    CHECK(held.empty());
    CHECK(held.bytes() == 0);
}
