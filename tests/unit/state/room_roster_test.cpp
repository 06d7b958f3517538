#include "common/state/room_roster.hpp"

#include <catch_amalgamated.hpp>

#include <map>
#include <random>
#include <set>
#include <string>

using namespace wsd;
using seating = room_roster::seating;

namespace {

std::set<std::uint32_t> everyone_in(const room_roster& roster, const room_id& room) {
    std::set<std::uint32_t> users;
    roster.for_each_in(room, [&](std::uint32_t user) { users.insert(user); });
    return users;
}

} // namespace

TEST_CASE("a roster knows who is in which room") {
    room_roster roster(hash_seed{});
    CHECK(roster.enter(1, {"r"}, seating::settled));
    CHECK_FALSE(roster.enter(1, {"r"}, seating::settled));
    CHECK(roster.enter(2, {"r"}, seating::fresh));
    CHECK(roster.enter(2, {"s"}, seating::settled));
    CHECK(everyone_in(roster, {"r"}) == std::set<std::uint32_t>{1, 2});
    CHECK_FALSE(roster.share_settled(1, 2));
    roster.settle();
    CHECK(roster.share_settled(1, 2));
    roster.leave(1, {"r"});
    roster.leave(1, {"r"});
    roster.leave(1, {"unknown"});
    CHECK(everyone_in(roster, {"r"}) == std::set<std::uint32_t>{2});
    CHECK_FALSE(roster.has(1, {"r"}));
    roster.leave_all(2);
    CHECK(roster.count_rooms() == 0);
}

TEST_CASE("a roster agrees with a list of pairs under random use") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    room_roster roster(hash_seed{});
    std::map<std::pair<std::uint32_t, std::string>, seating> model;
    for (int step = 0; step < 20'000; ++step) {
        const auto user = static_cast<std::uint32_t>(random() % 15);
        const std::string room = "room-" + std::to_string(random() % 7);
        switch (random() % 6) {
        case 0:
        case 1:
        case 2: {
            const auto how = random() % 2 == 0 ? seating::fresh : seating::settled;
            REQUIRE(roster.enter(user, {room}, how) == model.emplace(std::pair(user, room), how).second);
            break;
        }
        case 3:
            roster.leave(user, {room});
            model.erase({user, room});
            break;
        case 4:
            if (random() % 10 != 0) break;
            roster.leave_all(user);
            std::erase_if(model, [user](const auto& seat) { return seat.first.first == user; });
            break;
        default:
            if (random() % 10 != 0) break;
            roster.settle();
            for (auto& [seat, how] : model) how = seating::settled;
        }
        std::set<std::string> rooms;
        std::multiset<std::tuple<std::uint32_t, seating, seating>> peers, expected;
        for (const auto& [seat, how] : model) {
            rooms.insert(seat.second);
            const auto own = model.find({user, seat.second});
            if (seat.first != user && own != model.end()) expected.emplace(seat.first, own->second, how);
        }
        roster.for_each_peer(
            user, [&](std::uint32_t peer, seating own, seating theirs) { peers.emplace(peer, own, theirs); });
        REQUIRE(peers == expected);
        REQUIRE(roster.count_rooms() == rooms.size());
        REQUIRE(roster.has(user, {room}) == model.contains({user, room}));
    }
}
