#include "common/state/room_broadcasts.hpp"

#include <catch_amalgamated.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace wsd;

namespace {

struct fixture {
    bool offer(const std::string& room, std::uint64_t version) { return store.offer(about(room, version), now); }
    // About the name; to anna and bob, as what is about the members.
    bool offer_patch(const std::string& room, std::uint64_t version, room_patch patch) {
        room_update update = about(room, version);
        update.patch = std::move(patch);
        return store.offer(update, now);
    }
    static room_update about(const std::string& room, std::uint64_t version) {
        auto view = std::make_shared<room_view>();
        view->head.id = {room};
        view->head.version = version;
        return {.room = std::move(view), .users = {{"anna"}, {"bob"}}};
    }
    // e.g. `r3 ` of the members, `r4(name x) ` of what else is shown of the room; `/bob` when only bob is told.
    std::string due_after(milliseconds by) {
        now += by;
        std::string due;
        store.take_due(now, [&due](const room_update& update) {
            due += update.room->head.id.value + std::to_string(update.room->head.version);
            if (update.patch && update.patch->name) due += "(name " + *update.patch->name + ")";
            if (update.patch && update.patch->thumbnail_url) due += "(url " + *update.patch->thumbnail_url + ")";
            if (update.patch && update.patch->policy) due += "(policy)";
            if (update.users == std::vector<user_id>{{"bob"}}) due += "/bob";
            due += " ";
        });
        return due;
    }

    room_broadcasts store{hash_seed{}};
    steady_time now{};
};

} // namespace

TEST_CASE("the first news of a room goes at once, then the last state once per interval", "[room]") {
    fixture f;
    CHECK(f.offer("r", 1));
    CHECK_FALSE(f.offer("r", 2));
    CHECK_FALSE(f.offer("r", 3));
    CHECK(f.offer("s", 1));
    CHECK(f.due_after(milliseconds(499)).empty());
    CHECK(f.due_after(milliseconds(1)) == "r3 ");
    CHECK_FALSE(f.offer("r", 4));
    CHECK(f.due_after(milliseconds(499)).empty());
    CHECK(f.due_after(milliseconds(1)) == "r4 ");
    CHECK(f.due_after(milliseconds(500)).empty());
    CHECK(f.store.size() == 0);
    CHECK(f.offer("r", 5));
}

TEST_CASE("what is shown of a room is told at once, but not before news of its members that wait", "[room]") {
    fixture f;
    CHECK(f.offer_patch("r", 2, {.name = "a"}));
    CHECK(f.offer("r", 3));
    CHECK(f.offer_patch("r", 4, {.name = "b"}));
    CHECK_FALSE(f.offer("r", 5));
    SECTION("a patch behind them") {
        CHECK_FALSE(f.offer_patch("r", 6, {.name = "c"}));
        CHECK(f.due_after(milliseconds(500)) == "r5 r6(name c) ");
    }
    SECTION("a patch between them") {
        CHECK_FALSE(f.offer_patch("r", 6, {.name = "c"}));
        CHECK_FALSE(f.offer("r", 7));
        CHECK(f.due_after(milliseconds(500)) == "r6(name c) r7 ");
    }
    SECTION("several patches are one with all that was changed") {
        CHECK_FALSE(f.offer_patch("r", 6, {.name = "c", .thumbnail_url = "u"}));
        CHECK_FALSE(f.offer_patch("r", 7, {.policy = join_policy::invite}));
        CHECK_FALSE(f.offer_patch("r", 8, {.name = "d"}));
        CHECK(f.due_after(milliseconds(500)) == "r5 r8(name d)(url u)(policy) ");
    }
    CHECK(f.offer_patch("r", 9, {.name = "e"}));
    CHECK(f.due_after(milliseconds(500)).empty());
    CHECK(f.store.size() == 0);
}

TEST_CASE("what waits about a room is not told to whom has left it, and to nobody once it has ended", "[room]") {
    fixture f;
    CHECK(f.offer("r", 1));
    CHECK_FALSE(f.offer("r", 2));
    CHECK_FALSE(f.offer_patch("r", 3, {.name = "a"}));
    SECTION("left") {
        const std::vector<user_id> gone{{"anna"}};
        f.store.drop({"other"}, gone);
        f.store.drop({"another"});
        f.store.drop({"r"}, gone);
        CHECK(f.due_after(milliseconds(500)) == "r2/bob r3(name a)/bob ");
    }
    SECTION("left by all") {
        const std::vector<user_id> gone{{"anna"}, {"bob"}};
        f.store.drop({"r"}, gone);
        CHECK(f.due_after(milliseconds(500)).empty());
    }
    SECTION("ended, and there is another one of this id") {
        f.store.drop({"r"});
        CHECK(f.offer("r", 1));
        CHECK(f.due_after(milliseconds(500)).empty());
    }
}
