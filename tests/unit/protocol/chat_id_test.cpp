#include "common/protocol/chat_id.hpp"

#include "tests/support/frame_sampler.hpp"

#include <catch_amalgamated.hpp>

#include <random>
#include <string>

namespace {

using namespace wsd;

TEST_CASE("a direct chat has one name, whoever writes first", "[protocol]") {
    REQUIRE(direct_chat_id({"bob"}, {"alice"}).value == "dm:alice:bob");
    REQUIRE(direct_chat_id({"alice"}, {"bob"}).value == "dm:alice:bob");
}

TEST_CASE("users are ordered by the bytes of their ids before escaping", "[protocol]") {
    // '%' < '5' < ':' but the escapes of both begin with '%'.
    REQUIRE(direct_chat_id({"a:"}, {"a5"}).value == "dm:a5:a%3A");
    REQUIRE(direct_chat_id({"a%"}, {"a$"}).value == "dm:a$:a%25");
    REQUIRE(direct_chat_id({"a%"}, {"a"}).value == "dm:a:a%25");
    REQUIRE(direct_chat_id({"é"}, {"z"}).value == "dm:z:é");
    REQUIRE(direct_chat_id({"a:b"}, {"c"}).value != direct_chat_id({"a"}, {"b:c"}).value);
}

TEST_CASE("a direct chat's name gives its two users", "[protocol]") {
    REQUIRE(parse_direct_chat("dm:alice:bob") == direct_chat_users{{"alice"}, {"bob"}});
    REQUIRE(parse_direct_chat("dm:a%25:a%3A") == direct_chat_users{{"a%"}, {"a:"}});
}

TEST_CASE("what is not the name of a direct chat gives no users", "[protocol]") {
    for (const auto* const text : {"", "dm:", "dm:a", "dm:a:", "dm::b", "dm:b:a", "dm:a:a", "dm:a:b:c", "room:a",
                                   "DM:a:b", "dm:a:%", "dm:a:%2", "dm:a:%3a", "dm:a:%41", "dm:a\n:b", "dm:a%3A:a%25"}) {
        INFO(text);
        REQUIRE_FALSE(parse_direct_chat(text).has_value());
    }
    REQUIRE_FALSE(parse_direct_chat("dm:a:" + std::string(129, 'b')).has_value());
}

TEST_CASE("a room's chat carries the room's id as it is", "[protocol]") {
    REQUIRE(room_chat_id({"a:b%"}).value == "room:a:b%");
    REQUIRE(parse_room_chat("room:a:b%") == room_id{"a:b%"});
    REQUIRE_FALSE(parse_room_chat("room:").has_value());
    REQUIRE_FALSE(parse_room_chat("dm:a:b").has_value());
    REQUIRE_FALSE(parse_room_chat("room:" + std::string(129, 'b')).has_value());
}

TEST_CASE("random users come back from the name of their chat", "[protocol]") {
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    test::frame_sampler sampler(seed);
    const auto user = [&] {
        auto id = sampler.hostile_string(1, 20, false);
        while (sampler.below(2) == 0) id.insert(0, sampler.below(2) == 0 ? ":" : "%");
        return user_id{id};
    };
    for (int i = 0; i < 5000; ++i) {
        const auto one = user();
        const auto other = user();
        if (one == other || one.value.size() > 128 || other.value.size() > 128) continue;
        const auto users = parse_direct_chat(direct_chat_id(one, other).view());
        REQUIRE(users.has_value());
        REQUIRE(users->first == std::min(one, other));
        REQUIRE(users->second == std::max(one, other));
    }
}

} // namespace
