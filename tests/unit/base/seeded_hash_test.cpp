#include "common/base/seeded_hash.hpp"

#include <catch_amalgamated.hpp>

#include <set>
#include <string>

using namespace wsd;

TEST_CASE("the seeded hash is SipHash-2-4 with the seed as its key") {
    // The example of the paper: key 00 01 … 0f, input 00 01 … 0e.
    hash_seed seed{};
    for (std::size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<std::uint8_t>(i);
    std::string input;
    for (char c = 0; c < 15; ++c) input += c;
    CHECK(seeded_hash(seed)(input) == 0xa129ca6149be45e5);
}

TEST_CASE("ids and text of one content hash alike, another seed hashes differently") {
    const seeded_hash hash(hash_seed{1});
    CHECK(hash(user_id{"alice"}) == hash("alice"));
    CHECK(hash("alice") != seeded_hash(hash_seed{2})("alice"));
}

TEST_CASE("a pair hashes by where it is divided") {
    const seeded_hash hash(hash_seed{1});
    const std::string text = "abcdef";
    std::set<std::size_t> hashes;
    for (std::size_t at = 0; at <= text.size(); ++at) hashes.insert(hash(text.substr(0, at), text.substr(at)));
    CHECK(hashes.size() == 7);
}
