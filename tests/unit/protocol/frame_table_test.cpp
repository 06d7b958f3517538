#include "common/protocol/frame_table.hpp"

#include <catch_amalgamated.hpp>

#include <set>
#include <string>
#include <string_view>

namespace {

using namespace wsd;

std::set<std::string_view> types_with(rate_class rate) {
    std::set<std::string_view> types;
    for (std::size_t i = 0; i < client_type_count; ++i)
        if (const auto& info = describe(static_cast<client_type>(i)); info.rate == rate) types.insert(info.text);
    return types;
}

std::set<std::string_view> types_with(error_frame errors) {
    std::set<std::string_view> types;
    for (std::size_t i = 0; i < client_type_count; ++i)
        if (const auto& info = describe(static_cast<client_type>(i)); info.errors == errors) types.insert(info.text);
    return types;
}

TEST_CASE("every client type is found by its text, and nothing else is", "[protocol]") {
    for (std::size_t i = 0; i < client_type_count; ++i) {
        const auto type = static_cast<client_type>(i);
        const std::string text(describe(type).text);
        REQUIRE(find_client_type(text) == type);
        REQUIRE(find_client_type(text + "_") == std::nullopt);
        REQUIRE(find_client_type(text.substr(1)) == std::nullopt);
    }
    for (const auto* const text : {"", "hello", "HELLO_ACK", "MESSAGE_RECEIVE", "PONG", "A", "~"})
        REQUIRE(find_client_type(text) == std::nullopt);
}

TEST_CASE("frames are charged to the bucket of their type", "[protocol]") {
    REQUIRE(types_with(rate_class::room_administration) ==
            std::set<std::string_view>{"ROOM_CREATE", "ROOM_DELETE", "ROOM_SET_ROLE", "ROOM_REMOVE_MEMBER",
                                       "ROOM_ADD_MEMBERS"});
    REQUIRE(types_with(rate_class::control) ==
            std::set<std::string_view>{"PING", "PRESENCE_PING", "MESSAGE_ACK", "MESSAGE_DELIVERED_CONFIRM",
                                       "MESSAGE_READ", "MESSAGE_READ_CONFIRM", "CLIENT_ACK", "RESUME", "STATE_SYNC",
                                       "MESSAGE_REPLAY", "HISTORY", "AUTH_REFRESH", "TYPING_START", "TYPING_STOP",
                                       "HELLO"});
}

TEST_CASE("errors of a handler use the frame of the type", "[protocol]") {
    REQUIRE(types_with(error_frame::message_nack) == std::set<std::string_view>{"MESSAGE_SEND"});
    REQUIRE(types_with(error_frame::ack_error) == std::set<std::string_view>{"CLIENT_ACK"});
    REQUIRE(types_with(error_frame::room_message_response) == std::set<std::string_view>{"ROOM_MESSAGE"});
    REQUIRE(types_with(error_frame::mutation_ack) == std::set<std::string_view>{"MESSAGE_EDIT", "MESSAGE_DELETE"});
    REQUIRE(types_with(error_frame::message_error) ==
            std::set<std::string_view>{"MESSAGE_ACK", "MESSAGE_DELIVERED_CONFIRM", "MESSAGE_READ",
                                       "MESSAGE_READ_CONFIRM", "RESUME", "MESSAGE_REPLAY", "STATE_SYNC", "HISTORY"});
}

} // namespace
