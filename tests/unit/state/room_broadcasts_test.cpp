#include "common/state/room_broadcasts.hpp"

#include <catch_amalgamated.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace wsd;

namespace {

struct fixture {
    bool offer(const std::string& room, std::uint64_t version) {
        auto view = std::make_shared<room_view>();
        view->head.id = {room};
        view->head.version = version;
        return store.offer({.room = std::move(view)}, now);
    }
    std::string due_after(milliseconds by) {
        now += by;
        std::string due;
        store.take_due(now, [&due](const room_update& update) {
            due += update.room->head.id.value + std::to_string(update.room->head.version) + " ";
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
