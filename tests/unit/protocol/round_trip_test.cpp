// What the server emits parses under its own strict rules and equals, code point for code point, what went in.
#include "common/protocol/decode.hpp"
#include "common/protocol/encode.hpp"
#include "common/protocol/frame_list.hpp"
#include "common/protocol/json_writer.hpp"
#include "common/protocol/strict_json.hpp"
#include "tests/support/frame_sampler.hpp"

#include <boost/json/serialize.hpp>
#include <catch_amalgamated.hpp>

#include <random>
#include <string>
#include <type_traits>

namespace {

using namespace wsd;

constexpr int samples_per_frame = 200;

boost::json::value parse_strictly(const std::string& text) {
    strict_parser parser;
    auto value = parser.parse(text);
    INFO(text);
    REQUIRE(value.has_value());
    return *value;
}

std::string text_of(const boost::json::value& value) { return boost::json::serialize(value); }

bool is_empty(const boost::json::value& value) {
    return value.is_null() || (value.is_string() && value.get_string().empty()) ||
           (value.is_array() && value.get_array().empty());
}

// Optional strings and lists of server frames are absent when empty.
void drop_empty_optionals(boost::json::object& object, const std::vector<field_description>& fields) {
    for (const auto& field : fields) {
        const auto* const value = object.if_contains(field.name);
        if (value != nullptr && field.presence == field_presence::optional && is_empty(*value))
            object.erase(field.name);
    }
}

template <class T> void check_server_frame(test::frame_sampler& sampler) {
    const auto fields = describe_fields<T>();
    int checked = 0;
    for (int i = 0; i < samples_per_frame; ++i) {
        auto sample = sampler.object(fields);
        drop_empty_optionals(sample, fields);
        sample["type"] = T::type;
        const auto frame = decode<T>(sample);
        if (!frame) {
            // Rules about several fields at once are not in the table.
            INFO(text_of(sample) << "\n" << frame.error().details);
            REQUIRE(frame.error().details.find("exactly one") != std::string::npos);
            continue;
        }
        ++checked;
        std::string text = "kept";
        encode(text, *frame);
        REQUIRE(text.starts_with("kept"));
        const auto parsed = parse_strictly(text.substr(4));
        INFO(text << "\n" << text_of(sample));
        REQUIRE((parsed == sample));
    }
    INFO(T::type);
    REQUIRE(checked > samples_per_frame / 10);
}

template <class T> void check_client_frame(test::frame_sampler& sampler) {
    const auto fields = describe_fields<T>();
    int checked = 0;
    for (int i = 0; i < samples_per_frame; ++i) {
        auto sample = sampler.object(fields);
        if (auto* const chat = sample.if_contains("chatId")) chat->as_string().insert(0, "dm:");
        const auto frame = decode<T>(sample);
        if (!frame) {
            INFO(text_of(sample) << "\n" << frame.error().details);
            REQUIRE(frame.error().details.find(':') != std::string::npos);
            continue;
        }
        ++checked;
        std::string text;
        const auto correlation = sampler.hostile_string(0, 128, true);
        encode_request(text, *frame, correlation);
        const auto parsed = parse_strictly(text).as_object();
        REQUIRE(parsed.at("type").as_string() == T::type);
        REQUIRE(parsed.at("correlationId").as_string() == correlation);
        for (const auto& field : fields) {
            const auto* const sent = sample.if_contains(field.name);
            const auto* const written = parsed.if_contains(field.name);
            INFO(field.name << " of " << text);
            const bool absent = sent == nullptr || !field.kept || (field.null_is_absent && is_empty(*sent));
            if (written == nullptr)
                REQUIRE((absent || (field.presence == field_presence::optional && is_empty(*sent))));
            else if (absent)
                REQUIRE(field.always_written);
            else
                REQUIRE((*written == *sent));
        }
        const auto again = decode<T>(parsed);
        REQUIRE(again.has_value());
        std::string second;
        encode_request(second, *again, correlation);
        REQUIRE(second == text);
    }
    INFO(T::type);
    REQUIRE(checked > samples_per_frame / 10);
}

template <class... T> void check_server_frames(frame_list<T...> /*frames*/, test::frame_sampler& sampler) {
    (check_server_frame<T>(sampler), ...);
}
template <class... T> void check_client_frames(frame_list<T...> /*frames*/, test::frame_sampler& sampler) {
    (check_client_frame<T>(sampler), ...);
}

TEST_CASE("random server frames with hostile strings survive encoding and strict parsing", "[protocol]") {
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    test::frame_sampler sampler(seed);
    check_server_frames(server_frame_list{}, sampler);
}

TEST_CASE("random client frames with hostile strings survive encoding and strict parsing", "[protocol]") {
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    test::frame_sampler sampler(seed);
    check_client_frames(client_frame_list{}, sampler);
}

TEST_CASE("every character is written so that a parser gets it back, at every place in a block", "[protocol]") {
    for (char32_t c = 0; c < 0x300; ++c) {
        for (const std::size_t before : {0U, 1U, 7U, 8U, 15U, 16U, 17U, 31U}) {
            std::string content(before, 'x');
            test::append_utf8(content, c);
            content.append(20, 'y');
            std::string text;
            json_writer(text).text(content);
            REQUIRE(parse_strictly(text).as_string() == content);
            REQUIRE(text.find('\n') == std::string::npos);
        }
    }
}

TEST_CASE("text that needs no escape is written byte for byte", "[protocol]") {
    std::string text;
    json_writer(text).text("/<>&' \x7f Grüße 你好 👋");
    REQUIRE(text == "\"/<>&' \x7f Grüße 你好 👋\"");
}

TEST_CASE("the longest content of nothing but escapes is written whole", "[protocol]") {
    const std::string content(100000, '\0');
    std::string text;
    json_writer(text).text(content);
    REQUIRE(text.size() == 2 + 6 * content.size());
    REQUIRE(parse_strictly(text).as_string() == content);
}

TEST_CASE("the first character to escape is found wherever it stands", "[protocol]") {
    for (std::size_t size = 0; size < 70; ++size) {
        std::string text(size, '\x7f');
        REQUIRE(find_escape(text) == size);
        std::string plain;
        json_writer(plain).text(text);
        REQUIRE(plain == '"' + text + '"');
        for (std::size_t at = 0; at < size; ++at) {
            for (const char c : {'"', '\\', '\0', '\x1f'}) {
                auto marked = text;
                marked[at] = c;
                REQUIRE(find_escape(marked) == at);
                std::string written;
                json_writer(written).text(marked);
                REQUIRE(parse_strictly(written).as_string() == marked);
            }
        }
    }
}

TEST_CASE("an event assembled from its tail is the event encoded at once", "[protocol]") {
    const from_server::message_receive frame{.seq = 48,
                                             .message_id = message_id::make(1782036003000, 2576, 47),
                                             .chat_id = "dm:alice:bob",
                                             .chat_seq = 20,
                                             .sender_id = "bob",
                                             .recipient_id = "alice",
                                             .content = "Good \"morning\"",
                                             .timestamp = 1782036009000};
    std::string whole;
    encode(whole, frame);
    std::string tail;
    encode_event_tail(tail, frame);
    std::string assembled;
    append_event(assembled, from_server::message_receive::type, 48, tail);
    REQUIRE(assembled == whole);
}

} // namespace
