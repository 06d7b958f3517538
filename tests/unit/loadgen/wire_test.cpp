#include "loadgen/message_name.hpp"
#include "loadgen/wire.hpp"

#include <catch_amalgamated.hpp>

#include <vector>

using namespace wsd::loadgen;
using kind = incoming::kind;

namespace {

constexpr std::string_view receive =
    R"({"type":"MESSAGE_RECEIVE","seq":43,"messageId":"019ee99e-3480-702b-8a10-00000000002b","chatId":"dm:alice:bob","chatSeq":18,"senderId":"bob","recipientId":"alice","content":"hello","timestamp":1782035920000,"state":"sent"})";
constexpr std::string_view ack =
    R"({"type":"MESSAGE_ACK","messageId":"019ee99f-78b8-702f-8a10-00000000002f","clientMessageId":"c-78","clientMsgId":"c-78","chatId":"dm:alice:bob","seq":47,"chatSeq":19,"recipientId":"bob","status":"PERSISTED","state":"sent","durability":"fsync","serverTs":1782036003000,"timestamp":1782036003000,"message":{"id":"019ee99f-78b8-702f-8a10-00000000002f","senderId":"alice","recipientId":"bob","content":"See you there","createdAt":1782036003000,"state":"sent"}})";

// Both ways: the first frame of a decoder is parsed, the next ones are scanned.
void check_both(std::string_view text, void (*check)(const incoming&)) {
    wire decoder;
    check(decoder.decode(text));
    check(decoder.decode(text));
    // What is scanned and what is parsed stay one.
    for (std::uint32_t i = 0; i < 2 * wire::sample_every; ++i) check(decoder.decode(text));
}

} // namespace

TEST_CASE("a message is read alike by scan and by parser") {
    check_both(receive, [](const incoming& frame) {
        REQUIRE(frame.what == kind::message);
        REQUIRE(frame.seq == 43);
        REQUIRE(frame.chat_seq == 18);
        REQUIRE(frame.sender == "bob");
        REQUIRE(frame.recipient == "alice");
        REQUIRE(frame.content == "hello");
        REQUIRE_FALSE(frame.replay);
    });
}

TEST_CASE("the fields of inner objects are not taken for those of the frame") {
    check_both(ack, [](const incoming& frame) {
        REQUIRE(frame.what == kind::acked);
        REQUIRE(frame.client_message_id == "c-78");
        REQUIRE(frame.seq == 47);
        REQUIRE(frame.chat_seq == 19);
        REQUIRE(frame.recipient == "bob");
        REQUIRE(frame.content.empty());
    });
}

TEST_CASE("escaped content is unescaped") {
    std::string text(receive);
    text.replace(text.find("hello"), 5, R"(a\"b\u00e9)");
    wire decoder;
    for (int i = 0; i < 3; ++i) CHECK(decoder.decode(text).content == "a\"b\u00e9");
}

TEST_CASE("the forms of MESSAGE_ACK are told apart") {
    wire decoder;
    const auto confirmed = decoder.decode(
        R"({"type":"MESSAGE_ACK","upTo":46,"state":"delivered","success":true,"timestamp":1782036000090})");
    CHECK(confirmed.what == kind::confirmed);
    CHECK(confirmed.up_to == 46);
    const std::string_view notice =
        R"({"type":"MESSAGE_ACK","messageId":"019ee99f-78b8-702f-8a10-00000000002f","state":"delivered","timestamp":1,"roomId":null,"roomMessageId":null})";
    for (int i = 0; i < 3; ++i) CHECK(decoder.decode(notice).what == kind::other);
}

TEST_CASE("refusals carry their code, and a throttling notice is no answer") {
    wire decoder;
    const auto refused = decoder.decode(
        R"({"type":"MESSAGE_NACK","code":"SERVER_BUSY","message":"m","error":"m","retryable":true,"retryAfterMs":5,"clientMessageId":"c-1","clientMsgId":"c-1","serverTs":1})");
    CHECK(refused.what == kind::refused);
    CHECK(refused.code == "SERVER_BUSY");
    CHECK(refused.client_message_id == "c-1");
    const auto throttled = decoder.decode(
        R"({"type":"ERROR","code":"RATE_LIMIT_EXCEEDED","message":"m","error":"m","retryable":false,"retryAfterMs":5,"resetAt":9,"remaining":0,"throttled":true})");
    CHECK(throttled.what == kind::notice);
}

TEST_CASE("a resume's answer tells of gaps and of pending sends") {
    wire decoder;
    const auto start = decoder.decode(
        R"({"type":"RESYNC_START","mode":"partial","epoch":"e","from":2,"to":30,"count":20,"gaps":[{"from":2,"to":10,"reason":"CURSOR_EXPIRED"}],"reason":"CURSOR_EXPIRED","pendingStatus":{"a":{"messageId":"019ee99e-0d70-702a-8a10-00000000002a","chatId":"dm:alice:bob","seq":42,"chatSeq":17,"state":"delivered"},"b":null}})");
    REQUIRE(start.what == kind::resync_start);
    CHECK(start.mode == "partial");
    CHECK(start.gap_to == 10);
    std::vector<std::string> found;
    decoder.for_each_pending(
        [&](std::string_view name, bool stored) { found.push_back(std::string(name) + (stored ? "+" : "-")); });
    CHECK(found == std::vector<std::string>{"a+", "b-"});
}

TEST_CASE("frames that break the protocol are told by type and field") {
    wire decoder;
    CHECK(decoder.decode("").what == kind::malformed);
    CHECK(decoder.decode("[]").problem == "no type");
    CHECK(decoder.decode(R"({"type":"SURPRISE"})").problem == "SURPRISE: unknown type");
    std::string text(receive);
    text.replace(text.find("\"seq\":43"), 8, "\"seq\":-4");
    const auto broken = wire().decode(text);
    CHECK(broken.what == kind::malformed);
    std::string cut(receive.substr(0, receive.size() - 1));
    for (int i = 0; i < 3; ++i) CHECK(decoder.decode(cut).what == kind::malformed);
    CHECK(decoder.decode(R"({"type":"READ_STATE","type":"READ_STATE"})").problem == "duplicate member");
}

TEST_CASE("any entry of the log moves the cursor, a skip by all its entries") {
    wire decoder;
    const auto skip = decoder.decode(R"({"type":"EVENT_SKIP","seq":46,"fromSeq":45,"isReplay":true})");
    CHECK(skip.what == kind::entry);
    CHECK(skip.from == 45);
    CHECK(skip.seq == 46);
    const auto joined = decoder.decode(
        R"({"type":"ROOM_MEMBER_JOINED","seq":7,"roomId":"r","userId":"u","reason":"joined","by":"u","timestamp":1})");
    CHECK(joined.what == kind::entry);
    CHECK(joined.from == 7);
}

TEST_CASE("a message is encoded with its strings escaped") {
    std::string out;
    wire().encode_send(out, "b\"ob", "c-1", "hi");
    CHECK(out == R"({"type":"MESSAGE_SEND","recipientId":"b\"ob","content":"hi","clientMessageId":"c-1"})");
}

TEST_CASE("a message's name is read back, other names are not ours") {
    std::string text;
    append_message_name(text, {.run = 0xdeadbeef, .stream = 17, .number = 4711});
    CHECK(text == "deadbeef-00000011-00001267");
    CHECK(parse_message_name(text) == message_name{.run = 0xdeadbeef, .stream = 17, .number = 4711});
    CHECK_FALSE(parse_message_name("").has_value());
    CHECK_FALSE(parse_message_name("deadbeef-00000011_00001267").has_value());
    CHECK_FALSE(parse_message_name("deadbeef-00000011-0000126G").has_value());
    CHECK_FALSE(parse_message_name(text + "0").has_value());
}

TEST_CASE("messages of rooms and their answers are read alike by scan and by parser") {
    check_both(
        R"({"type":"ROOM_MESSAGE","seq":44,"messageId":"019ee99e-3480-702b-8a10-00000000002b","roomMessageId":"019ee99e-3480-702b-8a10-00000000002b","roomId":"team","chatId":"room:team","chatSeq":7,"senderId":"bob","content":"hi","messageType":"text","timestamp":1782035920000,"state":"sent"})",
        [](const incoming& frame) {
            REQUIRE(frame.what == kind::message);
            REQUIRE(frame.room == "team");
            REQUIRE(frame.sender == "bob");
            REQUIRE(frame.content == "hi");
            REQUIRE(frame.seq == 44);
        });
    check_both(
        R"({"type":"ROOM_MESSAGE_RESPONSE","success":true,"roomId":"team","roomMessageId":"019ee99e-3480-702b-8a10-00000000002b","messageId":"019ee99e-3480-702b-8a10-00000000002b","chatId":"room:team","seq":9,"chatSeq":8,"memberCount":4,"durability":"fsync","timestamp":1782035920000,"clientMessageId":"c-2"})",
        [](const incoming& frame) {
            REQUIRE(frame.what == kind::acked);
            REQUIRE(frame.client_message_id == "c-2");
            REQUIRE(frame.seq == 9);
            REQUIRE(frame.chat_seq == 8);
        });
    check_both(
        R"({"type":"ROOM_MESSAGE_RESPONSE","success":false,"code":"NOT_FOUND","message":"m","error":"m","retryable":false,"roomId":"team","clientMessageId":"c-3"})",
        [](const incoming& frame) {
            REQUIRE(frame.what == kind::refused);
            REQUIRE(frame.code == "NOT_FOUND");
            REQUIRE(frame.client_message_id == "c-3");
        });
}

TEST_CASE("a PONG tells which PING it answers, and HELLO_ACK the rate limit") {
    check_both(R"({"type":"PONG","correlationId":"c-9","timestamp":1})", [](const incoming& frame) {
        REQUIRE(frame.what == kind::pong);
        REQUIRE(frame.correlation == "c-9");
    });
    wire decoder;
    const auto hello = decoder.decode(
        R"({"type":"HELLO_ACK","version":1,"protocolVersion":"1.0.0","connectionId":"c","sessionId":"default","epoch":"e","head":3,"floor":1,"heartbeatMs":30000,"caps":[],"limits":{"maxPayloadBytes":1048576,"maxContentLength":10000,"rateMessages":77,"rateWindowMs":5000},"serverTime":1})");
    REQUIRE(hello.what == kind::hello_ack);
    CHECK(hello.rate_messages == 77);
    CHECK(hello.rate_window_ms == 5000);
    CHECK(hello.version == "1.0.0");
}

TEST_CASE("presence frames tell who came and went, one or many, to those who want to know") {
    wire decoder;
    decoder.want_presence();
    const auto visited = [&](std::string_view text) {
        std::string found;
        for (int i = 0; i < 3; ++i) {
            found.clear();
            CHECK(decoder.decode(text).what == kind::presence);
            decoder.for_each_presence(
                [&](std::string_view user, bool online) { found.append(user).append(online ? "+ " : "- "); });
        }
        return found;
    };
    CHECK(
        visited(
            R"({"type":"PRESENCE_UPDATE","userId":"bob","status":"offline","previousStatus":"online","lastSeen":1,"timestamp":1})") ==
        "bob- ");
    CHECK(
        visited(
            R"({"type":"PRESENCE_BATCH","updates":[{"userId":"a","status":"online","previousStatus":"offline","lastSeen":1,"timestamp":1},{"userId":"b","status":"offline","previousStatus":"online","lastSeen":1,"timestamp":1}],"timestamp":1})") ==
        "a+ b- ");
}

TEST_CASE("rooms of a run have names of their own") {
    std::string name;
    append_room_name(name, 7, 12);
    CHECK(name == "wsload-00000007-0000000c");
    CHECK(is_room_name(name, 7, 12));
    CHECK_FALSE(is_room_name(name, 7, 13));
    CHECK_FALSE(is_room_name(name, 8, 12));
    CHECK_FALSE(is_room_name("team", 7, 12));
}
