#include "loadgen/payload.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd::loadgen;

namespace {
constexpr payload sample{.run = 0xdeadbeef, .stream = 4711, .number = 42, .due_ns = 123'456'789'012};
}

TEST_CASE("a payload says what was put into it, at every size") {
    for (std::size_t bytes = payload_bytes_min; bytes < 300; ++bytes) {
        std::string content;
        append_payload(content, sample, bytes);
        REQUIRE(content.size() == bytes);
        const auto parsed = parse_payload(content);
        REQUIRE(parsed.fault == payload_fault::none);
        REQUIRE(parsed.value.run == sample.run);
        REQUIRE(parsed.value.stream == sample.stream);
        REQUIRE(parsed.value.number == sample.number);
        REQUIRE(parsed.value.due_ns == sample.due_ns);
    }
}

TEST_CASE("a payload needs no escapes in JSON") {
    std::string content;
    append_payload(content, sample, 1000);
    for (const char c : content) {
        REQUIRE(c >= ' ');
        REQUIRE(c <= '~');
        REQUIRE(c != '"');
        REQUIRE(c != '\\');
    }
}

TEST_CASE("every changed, missing or added byte of a payload is noticed") {
    std::string content;
    append_payload(content, sample, 64);
    for (std::size_t at = 0; at < content.size(); ++at) {
        std::string damaged = content;
        damaged[at] = damaged[at] == 'x' ? 'y' : 'x';
        CAPTURE(at);
        CHECK(parse_payload(damaged).fault == payload_fault::damaged);
    }
    CHECK(parse_payload(content.substr(0, 63)).fault == payload_fault::damaged);
    CHECK(parse_payload(content.substr(1)).fault == payload_fault::damaged);
    CHECK(parse_payload(content + "0").fault == payload_fault::damaged);
    CHECK(parse_payload("").fault == payload_fault::damaged);
}
