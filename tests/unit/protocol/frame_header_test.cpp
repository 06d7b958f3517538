#include "common/protocol/frame_header.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <string_view>

namespace {

using namespace wsd;
using namespace std::string_view_literals;

std::string framed(const std::string& payload, std::string out = {}) {
    append_text_frame(out, [&](std::string& to) { to += payload; });
    return out;
}

TEST_CASE("a frame's header has the shortest form for the size of its payload", "[protocol]") {
    REQUIRE(framed("") == "\x81\x00"sv);
    REQUIRE(framed("Hello") == "\x81\x05Hello"sv); // RFC 6455 §5.7
    const std::string longest_short(125, 'x');
    REQUIRE(framed(longest_short) == "\x81\x7d" + longest_short);
    const std::string shortest_medium(126, 'x');
    REQUIRE(framed(shortest_medium) == std::string("\x81\x7e\x00\x7e"sv) + shortest_medium);
    const std::string medium(256, 'x');
    REQUIRE(framed(medium) == std::string("\x81\x7e\x01\x00"sv) + medium);
    const std::string longest_medium(65535, 'x');
    REQUIRE(framed(longest_medium) == std::string("\x81\x7e\xff\xff"sv) + longest_medium);
    const std::string shortest_long(65536, 'x');
    REQUIRE(framed(shortest_long) == std::string("\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"sv) + shortest_long);
}

TEST_CASE("frames are appended behind what is there", "[protocol]") {
    for (const std::size_t size : {0U, 125U, 126U, 65535U, 65536U}) {
        const std::string payload(size, 'y');
        REQUIRE(framed(payload, "before") == "before" + framed(payload));
        REQUIRE(framed("Hi", framed(payload)) == framed(payload) + "\x81\x02Hi");
    }
}

TEST_CASE("the header's size is known from the payload's", "[protocol]") {
    REQUIRE(frame_header_bytes(125) == 2);
    REQUIRE(frame_header_bytes(126) == 4);
    REQUIRE(frame_header_bytes(65535) == 4);
    REQUIRE(frame_header_bytes(65536) == 10);
}

} // namespace
