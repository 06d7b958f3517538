#include "common/auth/base64url.hpp"

#include <catch_amalgamated.hpp>

#include <random>
#include <string>
#include <utility>

namespace wsd {

TEST_CASE("base64url: the vectors of RFC 4648 and RFC 7515 hold in both directions") {
    using pair = std::pair<std::string, std::string>;
    const auto [bytes, text] = GENERATE(
        pair{"", ""}, pair{"f", "Zg"}, pair{"fo", "Zm8"}, pair{"foo", "Zm9v"}, pair{"foob", "Zm9vYg"},
        pair{"fooba", "Zm9vYmE"}, pair{"foobar", "Zm9vYmFy"}, pair{std::string("\x03\xec\xff\xe0\xc1", 5), "A-z_4ME"},
        pair{std::string("\0\0\0", 3), "AAAA"}, pair{"\xff\xff\xff", "____"}, pair{"\xfb\xef\xbe", "----"});
    CHECK(base64url_encode(bytes) == text);
    CHECK(base64url_decode(text) == bytes);
}

TEST_CASE("base64url: whatever is not the canonical text of some bytes is refused") {
    for (const std::string text :
         {"A",       "AAAAA", "Zg==", "Zg=", "Zm8=", "=",      "Zh",    "Zv",    "Zm9",        "Z/8",
          "Zm8+",    "Z g",   " Zg",  "Zg ", "Zg\n", "Zm9v\n", "Zm9v.", "Zm9v=", "Z\xc3\xa9g", "\xff\xff\xff\xff",
          "AAA\x80", "AAA~",  "AB",   "AAB", "__",   "___",    "A_"}) {
        CAPTURE(text);
        CHECK_FALSE(base64url_decode(text).has_value());
    }
    CHECK_FALSE(base64url_decode(std::string("AA\0A", 4)).has_value());
    CHECK_FALSE(base64url_decode(std::string("A\0", 2)).has_value());
}

TEST_CASE("base64url: every pair and triple of characters decodes to bytes that encode to it again, or is refused") {
    std::size_t accepted = 0;
    for (int a = 0; a < 256; ++a) {
        for (int b = 0; b < 256; ++b) {
            const std::string text{static_cast<char>(a), static_cast<char>(b)};
            if (const auto bytes = base64url_decode(text)) {
                ++accepted;
                REQUIRE(base64url_encode(*bytes) == text);
            }
        }
    }
    CHECK(accepted == 256);
}

TEST_CASE("base64url: random bytes survive encoding and decoding") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 2000; ++round) {
        std::string bytes(random() % 300, '\0');
        for (char& c : bytes) c = static_cast<char>(random());
        REQUIRE(base64url_decode(base64url_encode(bytes)) == bytes);
    }
}

TEST_CASE("base64url: a buffer that is too small is refused, not overrun") {
    char buffer[2] = {'x', 'y'};
    CHECK_FALSE(base64url_decode("Zm9v", std::span<char>(buffer)));
    CHECK(base64url_decode("Zm8", std::span<char>(buffer)));
    CHECK(std::string_view(buffer, 2) == "fo");
}

} // namespace wsd
