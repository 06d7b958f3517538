#include "common/auth/constant_time.hpp"

#include <catch_amalgamated.hpp>

#include <string>

namespace wsd {

TEST_CASE("secrets are equal when all their bytes are") {
    CHECK(constant_time_equal("", ""));
    CHECK(constant_time_equal("correct horse", "correct horse"));
    for (const char* other : {"", "c", "correct hors", "correct horse ", "Correct horse", "correct horsf"}) {
        CHECK_FALSE(constant_time_equal(other, "correct horse"));
        CHECK_FALSE(constant_time_equal("correct horse", other));
    }
    CHECK_FALSE(constant_time_equal(std::string("a\0b", 3), std::string("a\0c", 3)));
    CHECK_FALSE(constant_time_equal(std::string("a\0", 2), "a"));
}

} // namespace wsd
