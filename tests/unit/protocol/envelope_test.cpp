#include "common/protocol/envelope.hpp"

#include "common/protocol/strict_json.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <string_view>

namespace {

using namespace wsd;

boost::json::value parsed(std::string_view text) { return strict_parser().parse(text).value(); }

TEST_CASE("a message that is no object with a textual type is refused", "[protocol]") {
    for (const auto* const text : {"null", "[]", "\"HELLO\"", "1", "true"})
        REQUIRE(read_envelope(parsed(text)).error().details == "the message is not an object");
    REQUIRE(read_envelope(parsed("{}")).error().details == "type: missing");
    for (const auto* const text : {R"({"type":null})", R"({"type":1})", R"({"type":["PING"]})"})
        REQUIRE(read_envelope(parsed(text)).error().details == "type: not a string");
}

TEST_CASE("any text is a type; whether it is known is another question", "[protocol]") {
    REQUIRE(read_envelope(parsed(R"({"type":""})"))->type.empty());
    const auto message = parsed(R"({"type":"P\u0000"})");
    REQUIRE(read_envelope(message)->type.size() == 2);
}

TEST_CASE("ids are given back when they are strings of at most 128 code points", "[protocol]") {
    std::string longest;
    for (int i = 0; i < 128; ++i) longest += "👋";
    const auto message = parsed(R"({"type":"X","correlationId":")" + longest +
                                R"(","clientMessageId":"","messageId":")" + longest + R"(x","roomId":7})");
    const auto head = read_envelope(message);
    REQUIRE(head->echo.correlation_id == longest);
    REQUIRE(head->echo.client_message_id == "");
    REQUIRE(head->echo.message_id == std::nullopt);
    REQUIRE(head->echo.room_id == std::nullopt);
}

TEST_CASE("a correlation id of another type or length is ignored", "[protocol]") {
    for (const std::string text : {"null", "1", "{}", "[\"a\"]"}) {
        const auto message = parsed(R"({"type":"X","correlationId":)" + text + "}");
        REQUIRE(read_envelope(message)->echo.correlation_id == std::nullopt);
    }
    const auto message = parsed(R"({"type":"X","correlationId":")" + std::string(129, 'k') + "\"}");
    REQUIRE(read_envelope(message)->echo.correlation_id == std::nullopt);
}

} // namespace
