#include "common/base/nearest.hpp"

#include <catch_amalgamated.hpp>

#include <vector>

using namespace wsd;

TEST_CASE("edit distance counts inserts, deletes, replacements and swaps of neighbours") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("abc", "") == 3);
    CHECK(edit_distance("port", "port") == 0);
    CHECK(edit_distance("prot", "port") == 1);
    CHECK(edit_distance("kitten", "sitting") == 3);
    CHECK(edit_distance("max_room", "max_rooms") == 1);
}

TEST_CASE("the nearest name is the one with the fewest edits, of several the first") {
    const std::vector<std::string> names{"port", "path", "host"};
    CHECK(nearest_name("prot", names) == "port");
    CHECK(nearest_name("pat", names) == "path");
    CHECK(nearest_name("zzzz", names) == "port");
    CHECK(nearest_name("x", {}) == "");
}
