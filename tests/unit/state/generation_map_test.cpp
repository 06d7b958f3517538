#include "common/state/generation_map.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd;

TEST_CASE("generation map: what is used stays, what is not is forgotten at the latest when as many others came") {
    generation_map<int, int> map(100);
    for (int key = 0; key < 1000; ++key) {
        map.put(key, 2 * key);
        REQUIRE(map.find(0) == 0);
        REQUIRE(map.size() <= 101);
    }
    CHECK(map.find(999) == 1998);
    CHECK(map.find(960) == 1920);
    CHECK_FALSE(map.find(800).has_value());
    map.put(0, 7);
    CHECK(map.find(0) == 7);
}

TEST_CASE("generation map: with age, what was not used for two rounds is gone") {
    generation_map<int, int> map(100);
    for (int key = 0; key < 10; ++key) map.put(key, key);
    map.age();
    CHECK(map.find(3) == 3);
    CHECK(map.find(4) == 4);
    map.age();
    CHECK(map.find(4) == 4);
    map.age();
    CHECK(map.size() == 1);
    CHECK(map.find(4) == 4);
    CHECK_FALSE(map.find(3).has_value());
    CHECK_FALSE(map.find(5).has_value());
    map.clear();
    CHECK(map.size() == 0);
}
