#include "server/observe/log_format.hpp"

#include <boost/json.hpp>
#include <catch_amalgamated.hpp>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

using namespace wsd;

namespace {

const user_id alice{"alice"};
constexpr timestamp noon = 1738324800123; // 2025-01-31T12:00:00.123Z

std::string text_of(std::string_view value) {
    const std::array<log_field, 1> fields{log_field("user", value)};
    std::string out;
    append_text_line(out, {.at = noon, .level = log_level::info, .event = "test", .fields = fields});
    return out;
}

std::string json_of(std::string_view value) {
    const std::array<log_field, 1> fields{log_field("user", value)};
    std::string out;
    append_json_line(out, {.at = noon, .level = log_level::info, .event = "test", .fields = fields});
    return out;
}

// What a reader of the line gets back: bare values as they are, others through a JSON parser.
std::string value_in(const std::string& text_line) {
    const std::string prefix = "2025-01-31T12:00:00.123Z info test user=";
    REQUIRE(text_line.starts_with(prefix));
    const std::string value = text_line.substr(prefix.size(), text_line.size() - prefix.size() - 1);
    if (value.starts_with('"')) return std::string(boost::json::parse(value).as_string());
    CHECK(value.find_first_of(" \"=") == std::string::npos);
    return value;
}

} // namespace

TEST_CASE("a text line has time, level, event and fields in order", "[observe]") {
    const std::array<log_field, 7> fields{
        log_field("user", alice),       log_field("shard", 3U),
        log_field("offset", -5),        log_field("ok", true),
        log_field("name", "two words"), log_field("correlation", correlation_id{.high = 0x1234, .low = 0x5678}),
        log_field("empty", "")};
    std::string out;
    append_text_line(out, {.at = noon, .level = log_level::warn, .event = "peer_gone", .fields = fields});
    CHECK(out == "2025-01-31T12:00:00.123Z warn peer_gone user=alice shard=3 offset=-5 ok=true name=\"two words\" "
                 "correlation=00000000-0000-1234-0000-000000005678 empty=\"\"\n");
}

TEST_CASE("a JSON line has the same members with their types", "[observe]") {
    const std::array<log_field, 4> fields{log_field("user", alice), log_field("shard", std::uint64_t{1} << 63),
                                          log_field("ok", false),
                                          log_field("correlation", correlation_id{.high = 1, .low = 2})};
    std::string out;
    append_json_line(out, {.at = 0, .level = log_level::error, .event = "peer_gone", .fields = fields});
    CHECK(out == R"({"ts":"1970-01-01T00:00:00.000Z","level":"error","event":"peer_gone","user":"alice",)"
                 R"("shard":9223372036854775808,"ok":false,"correlation":"00000000-0000-0001-0000-000000000002"})"
                 "\n");
}

TEST_CASE("what could forge a line or a terminal sequence is escaped", "[observe]") {
    const auto [value, written] = GENERATE(table<std::string, std::string>({
        {"a\nb", R"("a\nb")"},
        {"a\r\n2025 info forged", R"("a\u000d\n2025 info forged")"},
        {"\x1b[2J", R"("\u001b[2J")"},
        {std::string("nul\0x", 5), R"("nul\u0000x")"},
        {"quote\"", R"("quote\"")"},
        {"back\\slash", R"("back\\slash")"},
        {"\x7f", R"("\u007f")"},
        {"\u0085\u009b", R"("\u0085\u009b")"},
        {"\u2028\u202e", R"("\u2028\u202e")"},
        {"\ufeffbom", R"("\ufeffbom")"},
        {"\xff\xfe", R"("\ufffd\ufffd")"},
        {"\xc0\xaf", R"("\ufffd\ufffd")"},
        {"\xed\xa0\x80", R"("\ufffd\ufffd\ufffd")"},
        {"cut \xe2\x82", R"("cut \ufffd\ufffd")"},
        {"a=b", R"("a=b")"},
        {"gr\u00fc\u00df \U0001f600", "\"gr\u00fc\u00df \U0001f600\""},
    }));
    CHECK(text_of(value) == "2025-01-31T12:00:00.123Z info test user=" + written + "\n");
    CHECK(json_of(value) ==
          R"({"ts":"2025-01-31T12:00:00.123Z","level":"info","event":"test","user":)" + written + "}\n");
}

TEST_CASE("a value beyond 1024 bytes is cut between code points", "[observe]") {
    CHECK(value_in(text_of(std::string(1024, 'a'))) == std::string(1024, 'a'));
    CHECK(value_in(text_of(std::string(1025, 'a'))) == std::string(1024, 'a') + "…");
    CHECK(value_in(text_of(std::string(1023, 'a') + "ü")) == std::string(1023, 'a') + "…");
    CHECK(value_in(text_of(std::string(100'000, '\x01'))).size() == 1024 + std::string("…").size());
}

TEST_CASE("any bytes give one line that parses", "[observe]") {
    const auto seed = Catch::getSeed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    const std::string interesting = std::string("\0\x01\n\r\"\\ =\x7f", 9) + "\x80\xbf\xc2\xe2\x80\xa8\xed\xf4\xff{}az";
    for (int round = 0; round < 5000; ++round) {
        std::string value(random() % 40, ' ');
        for (char& c : value) {
            c = random() % 2 == 0 ? static_cast<char>(random() & 0xff) : interesting[random() % interesting.size()];
        }
        const std::string text = text_of(value);
        const std::string json = json_of(value);
        CAPTURE(round, text, json);
        REQUIRE(std::count_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20; }) == 1);
        REQUIRE(text.back() == '\n');
        REQUIRE(std::count_if(json.begin(), json.end(), [](unsigned char c) { return c < 0x20; }) == 1);
        REQUIRE(json.back() == '\n');
        boost::system::error_code ec;
        const auto parsed = boost::json::parse(json, ec);
        REQUIRE(!ec);
        REQUIRE(parsed.at("user").as_string() == value_in(text));
    }
}
