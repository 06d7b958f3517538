#include "common/protocol/text.hpp"

#include "tests/support/frame_sampler.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

namespace {

using namespace wsd;

TEST_CASE("lengths are counted in code points", "[protocol]") {
    REQUIRE(count_code_points("") == 0);
    REQUIRE(count_code_points("aä你👋") == 4);
    REQUIRE(count_code_points(std::string(3, '\0')) == 3);
}

TEST_CASE("cutting keeps whole code points", "[protocol]") {
    REQUIRE(cut_to_code_points("aä你👋b", 4) == "aä你👋");
    REQUIRE(cut_to_code_points("aä你👋b", 5) == "aä你👋b");
    REQUIRE(cut_to_code_points("aä你👋b", 64) == "aä你👋b");
    REQUIRE(cut_to_code_points("👋", 0).empty());
    REQUIRE(cut_to_code_points("", 0).empty());
}

TEST_CASE("white space is what has the property White_Space", "[protocol]") {
    std::vector<unsigned> found;
    for (char32_t c = 0; c <= 0x10ffff; ++c)
        if (is_white_space(c)) found.push_back(static_cast<unsigned>(c));
    // PropList.txt of Unicode.
    const std::vector<unsigned> expected{0x09,   0x0a,   0x0b,   0x0c,   0x0d,   0x20,   0x85,   0xa0,   0x1680,
                                         0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008,
                                         0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000};
    REQUIRE(found == expected);
}

TEST_CASE("trimming takes white space of every length from both ends only", "[protocol]") {
    REQUIRE(trim("\u3000\u00a0 a\u2003b \t\u2028\n") == "a\u2003b");
    REQUIRE(trim("\u200b a") == "\u200b a"); // ZERO WIDTH SPACE is none
    REQUIRE(trim(" \u0085\u1680 ").empty());
    REQUIRE(trim("").empty());
    REQUIRE(trim("👋") == "👋");
}

TEST_CASE("text of white space only is blank, NUL is not white space", "[protocol]") {
    REQUIRE(is_blank(""));
    REQUIRE(is_blank("\u205f\v\f"));
    REQUIRE_FALSE(is_blank(std::string_view("\0", 1)));
    REQUIRE_FALSE(is_blank(" . "));
}

TEST_CASE("an id has 1 to 128 bytes and no control characters", "[protocol]") {
    REQUIRE(is_id("alice"));
    REQUIRE(is_id(std::string(128, 'x')));
    REQUIRE_FALSE(is_id(std::string(129, 'x')));
    REQUIRE_FALSE(is_id(""));
    std::string wide;
    for (int i = 0; i < 64; ++i) wide += "ä";
    REQUIRE(is_id(wide));
    REQUIRE_FALSE(is_id(wide + "x"));
    REQUIRE_FALSE(is_id("a\x7f"));
    REQUIRE_FALSE(is_id(std::string_view("a\0b", 3)));
    REQUIRE(is_id("a\u0085")); // a C1 control is allowed
}

TEST_CASE("a control character is found at every place of a text of any length", "[protocol]") {
    for (std::size_t size = 0; size < 40; ++size) {
        const std::string clean(size, '\xa0');
        REQUIRE_FALSE(has_control_characters(clean));
        REQUIRE_FALSE(has_control_characters(std::string(size, ' ')));
        REQUIRE_FALSE(has_control_characters(std::string(size, '~')));
        for (std::size_t at = 0; at < size; ++at)
            for (const char control : {'\0', '\x1f', '\x7f'}) {
                std::string text = clean;
                text[at] = control;
                REQUIRE(has_control_characters(text));
            }
    }
}

TEST_CASE("a tag has 1 to 128 code points and no control characters", "[protocol]") {
    std::string wide;
    for (int i = 0; i < 128; ++i) wide += "👋";
    REQUIRE(is_tag(wide));
    REQUIRE_FALSE(is_tag(wide + "x"));
    REQUIRE_FALSE(is_tag(""));
    REQUIRE_FALSE(is_tag("\n"));
    REQUIRE_FALSE(is_tag("abc", 2));
}

} // namespace
