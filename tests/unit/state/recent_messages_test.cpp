#include "common/state/recent_messages.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd;

TEST_CASE("the youngest messages are found, older ones forgotten, and one is replaced by its newer self") {
    recent_messages recent(4);
    CHECK_FALSE(recent.find(0).has_value());
    CHECK_FALSE(recent.find(1).has_value());
    for (std::uint64_t offset = 1; offset <= 6; ++offset) recent.put({.offset = offset, .chat_seq = offset * 10});
    for (std::uint64_t offset = 3; offset <= 6; ++offset) CHECK(recent.find(offset)->chat_seq == offset * 10);
    CHECK_FALSE(recent.find(1).has_value());
    CHECK_FALSE(recent.find(2).has_value());
    recent.put({.offset = 2}); // would drop 6
    CHECK_FALSE(recent.find(2).has_value());
    CHECK(recent.find(6).has_value());
    recent.put({.offset = 6, .state = message_state::read});
    CHECK(recent.find(6)->state == message_state::read);
    recent.clear();
    CHECK_FALSE(recent.find(6).has_value());
}
