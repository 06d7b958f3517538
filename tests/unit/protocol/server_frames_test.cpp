// Details of server frames that the golden examples do not show.
#include "common/protocol/decode.hpp"
#include "common/protocol/encode.hpp"
#include "common/protocol/server_frames.hpp"
#include "common/protocol/strict_json.hpp"

#include <boost/json/object.hpp>
#include <catch_amalgamated.hpp>

#include <string>
#include <string_view>

namespace {

using namespace wsd;

template <class T> std::string text_of(const T& frame) {
    std::string text;
    encode(text, frame);
    return text;
}

template <class T> std::string refusal(std::string_view text) {
    strict_parser parser;
    const auto value = parser.parse(text).value();
    const auto outcome = decode<T>(value.as_object());
    return outcome ? "accepted" : outcome.error().details;
}

TEST_CASE("an error has the code's text and retryability and gives back the ids of the frame", "[protocol]") {
    const reply_echo echo{.correlation_id = "k1", .client_message_id = "", .room_id = "team"};
    const from_server::message_nack nack{
        .correlation_id = echo.correlation_id, .error_part = make_error(error_code::server_busy, echo), .server_ts = 7};
    REQUIRE(text_of(nack) ==
            R"({"type":"MESSAGE_NACK","correlationId":"k1","code":"SERVER_BUSY",)"
            R"("message":"The server is busy; nothing was done.","error":"The server is busy; nothing was done.",)"
            R"("retryable":true,"clientMessageId":"","roomId":"team","clientMsgId":"","serverTs":7})");
}

TEST_CASE("keys stand in the order of the table, the seq of events first", "[protocol]") {
    REQUIRE(text_of(from_server::event_skip{.seq = 46, .from_seq = 45, .is_replay = true}) ==
            R"({"type":"EVENT_SKIP","seq":46,"fromSeq":45,"isReplay":true})");
}

TEST_CASE("objects without members and lists without elements are written as such", "[protocol]") {
    REQUIRE(text_of(from_server::presence_snapshot{.timestamp = -1}) ==
            R"({"type":"PRESENCE_SNAPSHOT","users":{},"timestamp":-1})");
    REQUIRE(text_of(from_server::room_updated{.room_id = "r", .version = 1, .updated_at = 2}) ==
            R"({"type":"ROOM_UPDATED","roomId":"r","patch":{},"version":1,"updatedAt":2})");
    REQUIRE(text_of(from_server::snapshot{}) == R"({"type":"SNAPSHOT","conversations":[],"more":false})");
}

TEST_CASE("names of members of an object are escaped like other strings", "[protocol]") {
    const from_server::presence_snapshot frame{.users = {{"a\"\\\x1f", {.last_seen = 5}}, {"b", {}}}, .timestamp = 1};
    REQUIRE(text_of(frame) == R"({"type":"PRESENCE_SNAPSHOT","users":{"a\"\\\u001f":{"status":"online","lastSeen":5},)"
                              R"("b":{"status":"online","lastSeen":null}},"timestamp":1})");
}

TEST_CASE("pending ids of a resume are answered even when there are none", "[protocol]") {
    from_server::resync_start frame{.mode = "exact", .epoch = "e"};
    REQUIRE(text_of(frame).find("pendingStatus") == std::string::npos);
    frame.pending_status.emplace();
    REQUIRE(text_of(frame).find(R"("pendingStatus":{})") != std::string::npos);
}

TEST_CASE("a server frame that breaks the protocol is noticed", "[protocol]") {
    REQUIRE(refusal<from_server::pong>(R"({"timestamp":1})") == "accepted");
    REQUIRE(refusal<from_server::pong>(R"({"timestamp":1.0})") == "timestamp: not an integer");
    REQUIRE(refusal<from_server::event_skip>(R"({"seq":2,"fromSeq":1,"isReplay":false})") == "isReplay: not true");
    REQUIRE(refusal<from_server::message_state_update>(
                R"({"messageId":"019ee99f-78b8-702f-8a10-00000000002f","state":"sent","timestamp":1,)"
                R"("roomId":null,"roomMessageId":null})") == "state: not one of delivered, read");
    REQUIRE(refusal<from_server::delivered_notice>(
                R"({"messageId":"019EE99F-78b8-702f-8a10-00000000002f","state":"delivered","timestamp":1,)"
                R"("roomId":null,"roomMessageId":null})") == "messageId: not a message id of this server");
    REQUIRE(refusal<from_server::error>(R"({"code":"INVALID_JSON","message":"a","error":"b","retryable":false})") ==
            "error: differs from its other name");
    REQUIRE(refusal<from_server::error>(R"({"code":"NO_SUCH","message":"a","error":"a","retryable":false})") ==
            "code: not a known error code");
    REQUIRE(refusal<from_server::snapshot>(R"({"conversations":[{"chatId":"dm:a:b"}],"more":false})") ==
            "conversations[0].headChatSeq: missing");
    REQUIRE(refusal<from_server::receipt_ack>(R"({"state":"read","success":true,"timestamp":1})") ==
            "messageId, upTo: exactly one of them is required");
}

} // namespace
