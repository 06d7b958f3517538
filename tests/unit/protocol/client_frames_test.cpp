// What client frames mean beyond the bounds of single fields.
#include "common/protocol/client_frames.hpp"
#include "common/protocol/decode.hpp"
#include "common/protocol/encode.hpp"
#include "common/protocol/strict_json.hpp"

#include <boost/json/object.hpp>
#include <catch_amalgamated.hpp>

#include <string>
#include <string_view>

namespace {

using namespace wsd;

template <class T> decoded<T> read(std::string_view text, const decode_limits& limits = {}) {
    strict_parser parser;
    return decode<T>(parser.parse(text).value().as_object(), limits);
}

template <class T> std::string refusal(std::string_view text) {
    const auto outcome = read<T>(text);
    return outcome ? "accepted" : outcome.error().details;
}

TEST_CASE("a confirmation names a message or a seq, never both", "[protocol]") {
    REQUIRE(refusal<from_client::message_ack>(R"({"messageId":"m"})") == "accepted");
    REQUIRE(refusal<from_client::message_ack>(R"({"upTo":0})") == "accepted");
    REQUIRE(refusal<from_client::message_ack>("{}") == "messageId, upTo: exactly one of them is required");
    REQUIRE(refusal<from_client::message_ack>(R"({"messageId":"m","upTo":0})") ==
            "messageId, upTo: exactly one of them is required");
}

TEST_CASE("a cursor has an epoch and a seq, or neither", "[protocol]") {
    REQUIRE(refusal<from_client::resume>(R"({"epoch":"","seq":0})") == "accepted");
    REQUIRE(refusal<from_client::resume>(R"({"epoch":"e"})") == "epoch, seq: both or neither is required");
    REQUIRE(refusal<from_client::resume>(R"({"seq":0})") == "epoch, seq: both or neither is required");
    REQUIRE(refusal<from_client::hello>(R"({"version":1,"resume":{"epoch":"e"}})") == "resume.seq: missing");
}

TEST_CASE("cursors that are null, empty or absent are the same", "[protocol]") {
    for (const auto* const text : {"{}", R"({"lastSeenMessageId":null})", R"({"lastSeenMessageId":""})"})
        REQUIRE(read<from_client::resume>(text)->last_seen_message_id.empty());
    REQUIRE(read<from_client::resume>(R"({"lastSeenMessageId":"m\u0000"})")->last_seen_message_id.size() == 2);
}

TEST_CASE("limits are moved into their range and have defaults", "[protocol]") {
    REQUIRE(read<from_client::resume>("{}")->limit == std::nullopt);
    REQUIRE(read<from_client::resume>(R"({"limit":0})")->limit == 1U);
    REQUIRE(read<from_client::resume>(R"({"limit":9007199254740991})")->limit == 500U);
    REQUIRE(read<from_client::message_replay>("{}")->limit == 100U);
    REQUIRE(read<from_client::history>(R"({"chatId":"dm:a:b","limit":-7})")->limit == 1U);
    REQUIRE(read<from_client::history>(R"({"chatId":"dm:a:b","limit":201})")->limit == 200U);
    REQUIRE(read<from_client::history>(R"({"chatId":"dm:a:b"})")->limit == 50U);
}

TEST_CASE("history is of a named kind of chat and goes in one direction", "[protocol]") {
    REQUIRE(refusal<from_client::history>(R"({"chatId":"team"})") == "chatId: begins with neither dm: nor room:");
    REQUIRE(refusal<from_client::history>(R"({"chatId":"room:"})") == "accepted");
    REQUIRE(refusal<from_client::history>(R"({"chatId":"room:a","beforeChatSeq":1,"afterChatSeq":0})") ==
            "beforeChatSeq, afterChatSeq: at most one of them is allowed");
    REQUIRE(refusal<from_client::history>(R"({"chatId":"room:a","beforeChatSeq":0})") == "beforeChatSeq: less than 1");
}

TEST_CASE("an integer has no fraction and no exponent and is exact as a double", "[protocol]") {
    REQUIRE(read<from_client::hello>(R"({"version":-0})")->version == 0);
    REQUIRE(read<from_client::hello>(R"({"version":9007199254740991})")->version == 9007199254740991);
    for (const auto* const text : {"1.0", "1e0", "9007199254740992", "-9007199254740992", "18446744073709551615",
                                   "99999999999999999999", "\"1\"", "null", "true"})
        REQUIRE(refusal<from_client::hello>(std::string(R"({"version":)") + text + "}") == "version: not an integer");
}

TEST_CASE("another protocol version is well-formed", "[protocol]") {
    REQUIRE(read<from_client::hello>(R"({"version":2})")->version == 2);
}

TEST_CASE("an empty list of pending ids differs from none", "[protocol]") {
    REQUIRE_FALSE(read<from_client::resume>("{}")->pending.has_value());
    REQUIRE(read<from_client::resume>(R"({"pending":[]})")->pending.has_value());
}

TEST_CASE("names and URLs are trimmed before they are measured", "[protocol]") {
    const decode_limits limits{.room_name_length = 4, .thumbnail_url_length = 4};
    const auto room = read<from_client::room_create>(R"({"name":"\u00a0 Team\u2003\n","thumbnailUrl":" \t "})", limits);
    REQUIRE(room.has_value());
    REQUIRE(room->name == "Team");
    REQUIRE(room->thumbnail_url.empty());
    REQUIRE(read<from_client::room_create>(R"({"name":"T e am"})", limits).error().details ==
            "name: longer than 4 code points");
}

TEST_CASE("a patch tells a removed picture from an unchanged one", "[protocol]") {
    const auto unchanged = read<from_client::room_update_meta>(R"({"roomId":"r","patch":{}})");
    REQUIRE_FALSE(unchanged->patch.thumbnail_url.has_value());
    const auto removed = read<from_client::room_update_meta>(R"({"roomId":"r","patch":{"thumbnailUrl":null}})");
    REQUIRE(removed->patch.thumbnail_url.has_value());
    REQUIRE_FALSE(removed->patch.thumbnail_url->has_value());
    REQUIRE(refusal<from_client::room_update_meta>(R"({"roomId":"r","patch":{"name":null}})") ==
            "patch.name: not a string");
}

TEST_CASE("the bounds of content are options", "[protocol]") {
    const decode_limits limits{.content_length = 3};
    REQUIRE(read<from_client::message_send>(R"({"recipientId":"b","content":"😀😀😀"})", limits).has_value());
    REQUIRE(read<from_client::message_send>(R"({"recipientId":"b","content":"abcd"})", limits).error().details ==
            "content: longer than 3 code points");
    REQUIRE(read<from_client::message_send>(R"({"recipientId":"b","content":"\u0000"})", limits)->content.size() == 1);
}

TEST_CASE("a kind of acknowledgement that does not exist is no mistake of form", "[protocol]") {
    REQUIRE(read<from_client::client_ack>(R"({"messageId":"m","ackType":"seen"})")->ack_type == "seen");
    REQUIRE(refusal<from_client::client_ack>(R"({"messageId":"m","ackType":null})") == "ackType: not a string");
}

TEST_CASE("a request carries its correlation id right after its type", "[protocol]") {
    std::string text;
    encode_request(text, from_client::message_ack{.up_to = 46}, "k\"1");
    REQUIRE(text == R"({"type":"MESSAGE_ACK","correlationId":"k\"1","upTo":46})");
}

TEST_CASE("a frame without fields is an object with a type", "[protocol]") {
    std::string text;
    encode(text, from_client::ping{});
    REQUIRE(text == R"({"type":"PING"})");
}

} // namespace
