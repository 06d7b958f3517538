#include "common/protocol/strict_json.hpp"

#include <boost/container/pmr/memory_resource.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>
#include <catch_amalgamated.hpp>

#include <string>

namespace wsd {
namespace {

std::string outcome(std::string_view text) {
    strict_parser parser;
    const json_result parsed = parser.parse(text);
    if (parsed) return "ok";
    return parsed.error() == json_problem::not_json ? "not_json" : "duplicate_member";
}

std::string repeated(std::string_view piece, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += piece;
    return out;
}

class counting_memory final : public boost::container::pmr::memory_resource {
  public:
    int blocks = 0;

  private:
    void* do_allocate(std::size_t bytes, std::size_t) override {
        ++blocks;
        return ::operator new(bytes);
    }
    void do_deallocate(void* block, std::size_t, std::size_t) override {
        --blocks;
        ::operator delete(block);
    }
    bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

} // namespace

TEST_CASE("strict JSON: every RFC 8259 text is accepted") {
    for (const char* text : {"{}",
                             "[]",
                             "null",
                             "true",
                             "false",
                             "0",
                             "-0",
                             "-0.0",
                             "\"\"",
                             " \t\r\n{ } \n",
                             R"({"a":{"a":1},"b":[{"a":1}]})",
                             R"("\u0000\"\\\/\b\f\n\r\t\ud83d\ude00")",
                             R"({"":1,"\u0000":2})",
                             "1e-999",
                             "1.5e-99999999999999999999",
                             "0e999999999999",
                             "1.7976931348623157e308",
                             "-1.7976931348623157E+308",
                             "123456789012345678901234567890",
                             "\"\x7f\xf4\x8f\xbf\xbf\""}) {
        CAPTURE(text);
        CHECK(outcome(text) == "ok");
    }
}

TEST_CASE("strict JSON: what is no RFC 8259 text is not_json") {
    for (const char* text : {"",
                             " ",
                             "{",
                             "}",
                             "{}}",
                             "{} {}",
                             "{}x",
                             "[1,]",
                             "{\"a\":1,}",
                             "{a:1}",
                             "{'a':1}",
                             "{\"a\"}",
                             "{\"a\":}",
                             "{1:1}",
                             "01",
                             "1.",
                             ".5",
                             "+1",
                             "1e",
                             "0x1",
                             "--1",
                             "- 1",
                             "NaN",
                             "Infinity",
                             "-Infinity",
                             "nan",
                             "tru",
                             "True",
                             "nulll",
                             "/* */1",
                             "1 // x",
                             "\"\t\"",
                             "\"\n\"",
                             "\"\\x41\"",
                             "\"\\u12g4\"",
                             "\"\\u\"",
                             "\"a",
                             "\xef\xbb\xbf{}",
                             "\xff\xfe{",
                             "\"\xc0\xaf\"",
                             "\"\xed\xa0\x80\"",
                             "\"\xf4\x90\x80\x80\"",
                             "\"\x80\"",
                             "\"\xc3\"",
                             "{\"\xff\":1}"}) {
        CAPTURE(text);
        CHECK(outcome(text) == "not_json");
    }
    CHECK(outcome(std::string_view("{}\0", 3)) == "not_json");
    CHECK(outcome(std::string_view("\"\0\"", 3)) == "not_json");
    CHECK(outcome(std::string_view("\0", 1)) == "not_json");
    CHECK(outcome(std::string_view()) == "not_json");
}

TEST_CASE("strict JSON: an escaped lone surrogate is not_json") {
    for (const char* text : {R"("\ud800")", R"("\ud800x")", R"("\udc00")", R"("\ud800\u0041")", R"("\ud800\ud800")",
                             R"({"\udfff":1})", R"("\udc00\ud800")", R"("\ud83d\n")"}) {
        CAPTURE(text);
        CHECK(outcome(text) == "not_json");
    }
}

TEST_CASE("strict JSON: a number that is not finite as a double is not_json") {
    for (const char* text :
         {"1e309", "-1e309", "1e999", "[1,1E+400]", R"({"a":{"b":-1e99999999999}})", "1.7976931348623159e308"}) {
        CAPTURE(text);
        CHECK(outcome(text) == "not_json");
    }
    CHECK(outcome(std::string(308, '9')) == "ok");
    CHECK(outcome(std::string(310, '9')) == "not_json");
}

TEST_CASE("strict JSON: 32 levels are accepted and 33 are not_json") {
    CHECK(outcome(repeated("[", 32) + repeated("]", 32)) == "ok");
    CHECK(outcome(repeated("[", 33) + repeated("]", 33)) == "not_json");
    CHECK(outcome(repeated("{\"a\":", 31) + "{}" + repeated("}", 31)) == "ok");
    CHECK(outcome(repeated("{\"a\":", 32) + "{}" + repeated("}", 32)) == "not_json");
    CHECK(outcome(repeated("[", 1'000'000)) == "not_json");
}

TEST_CASE("strict JSON: the same member name twice in one object, at any depth, is duplicate_member") {
    for (const char* text :
         {R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":3})", R"({"a":1,"\u0061":2})", R"({"":1,"":2})", R"([{"a":1,"a":2}])",
          R"({"x":{"y":[0,{"a":1,"a":2}]}})", R"({"a":{"b":1,"b":2},"a":1})", R"({"a":1,"a":{"b":1}})",
          R"({"\u0000":1,"\u0000":1})", R"({"/":1,"\/":2})", R"({"\ud83d\ude00":1,"😀":2})", R"({"a":{},"a":{}})"}) {
        CAPTURE(text);
        CHECK(outcome(text) == "duplicate_member");
    }
    CHECK(outcome(R"({"a":1,"A":2,"a ":3,"b":{"a":1}})") == "ok");
    CHECK(outcome(R"({"a":1,"a":1)") == "not_json");
    CHECK(outcome(R"({"a":1,"a":1e999})") == "not_json");
}

TEST_CASE("strict JSON: a duplicate is found among many members") {
    std::string text = "{";
    for (int i = 0; i < 1000; ++i) text += "\"k" + std::to_string(i) + "\":[" + std::to_string(i) + "],";
    CHECK(outcome(text + "\"k1000\":0}") == "ok");
    CHECK(outcome(text + "\"k500\":0}") == "duplicate_member");
}

TEST_CASE("strict JSON: a number with fraction or exponent is of another kind than one without") {
    using boost::json::kind;
    strict_parser parser;
    const auto kind_of = [&](std::string_view text) { return parser.parse(text).value().kind(); };
    for (const char* text : {"1", "0", "-0", "-1", "9007199254740991", "-9007199254740991", "-9223372036854775808"}) {
        CAPTURE(text);
        CHECK(kind_of(text) == kind::int64);
    }
    CHECK(kind_of("9223372036854775808") == kind::uint64);
    for (const char* text :
         {"1.0", "1e0", "1E0", "-0.0", "0e1", "10e-1", "18446744073709551616", "-9223372036854775809"}) {
        CAPTURE(text);
        CHECK(kind_of(text) == kind::double_);
    }
}

TEST_CASE("strict JSON: the parser is as new after every outcome, and lets go of the storage") {
    strict_parser parser;
    const std::string large = "[\"" + std::string(200'000, 'x') + "\"]";
    for (int round = 0; round < 3; ++round) {
        for (const char* text : {"{\"a\":[\"a string too long to be kept inside the value\",\"unfinished", "[1e999]",
                                 R"({"a":1,"a":2})", "{} 1", "\"\\ud800\"", ""}) {
            counting_memory memory;
            CAPTURE(text);
            CHECK(parser.parse(text, &memory).has_error());
            CHECK(memory.blocks == 0);
        }
        boost::json::monotonic_resource memory;
        const json_result parsed = parser.parse(R"({"a":[1,"two",{"three":null}]})", &memory);
        REQUIRE(parsed.has_value());
        CHECK(boost::json::serialize(*parsed) == R"({"a":[1,"two",{"three":null}]})");
        CHECK(boost::json::serialize(parser.parse(large).value()) == large);
    }
}

} // namespace wsd
