#include "tests/support/room_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <set>
#include <string>
#include <vector>

using namespace wsd;
using wsd::test::room_fixture;
using lines = std::vector<std::string>;

#define EVERY_LOG GENERATE(as<std::string>{}, "memory", "sqlite")

namespace {

// `author chat_seq delivered/read/total`, with `!` when the receipt completes a count.
lines show(const confirmed& outcome) {
    lines shown;
    for (const room_delivery& each : outcome.deliveries) {
        CHECK(each.room.value == "r");
        shown.push_back(each.author.value + " " + std::to_string(each.chat_seq) + " " +
                        std::to_string(each.counts.delivered) + "/" + std::to_string(each.counts.read) + "/" +
                        std::to_string(each.counts.total) + (each.complete ? "!" : ""));
    }
    return shown;
}

} // namespace

TEST_CASE("each author is told of its newest message that a receipt reaches", "[room][receipts]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b", "c", "d"});
    (void)f.post("a", "r", "1");
    const auto two = f.post("a", "r", "2").message->id;
    const auto three = f.post("b", "r", "3").message->id;
    const auto four = f.post("c", "r", "4").message->id;
    const auto first = f.deliver("d", four);
    CHECK(show(first) == lines{"c 4 1/0/3", "b 3 1/0/3", "a 2 1/0/3"});
    CHECK(first.deliveries[0].message == four);
    CHECK(first.deliveries[2].message == two);
    if (f.survives_reopen()) f.reopen();
    CHECK(show(f.deliver("d", three)).empty());
    CHECK(show(f.deliver("b", two)) == lines{"a 2 2/0/3"});
    CHECK(show(f.deliver("b", four)) == lines{"c 4 2/0/3"}); // not of its own
    CHECK(show(f.up_to("c", 99)).empty());                   // above the head
    CHECK(show(f.up_to("c", 5)) == lines{"b 3 2/0/3", "a 2 3/0/3!"});
    CHECK(show(f.up_to("a", 5)) == lines{"c 4 3/0/3!", "b 3 3/0/3!"});
    CHECK(show(f.read("d", two)) == lines{"a 2 3/1/3"});
    CHECK(show(f.read("d", four)) == lines{"c 4 3/1/3", "b 3 3/1/3"});
    CHECK(show(f.read("d", three)).empty());
    CHECK(show(f.read("b", two)) == lines{"a 2 3/2/3"});
    if (f.survives_reopen()) f.reopen();
    CHECK(show(f.read("c", two)) == lines{"a 2 3/3/3!"});
}

TEST_CASE("counts are of those whom the message was sent to and who have been members since", "[room][receipts]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b", "c", "d"});
    const auto one = f.post("a", "r", "1").message->id;
    (void)f.deliver("c", one);
    (void)f.join("e", "r");
    CHECK(show(f.deliver("b", one)) == lines{"a 1 2/0/3"});
    (void)f.leave("c", "r");
    CHECK(show(f.read("b", one)) == lines{"a 1 1/1/2"});
    (void)f.join("c", "r"); // is not among the recipients any more
    if (f.survives_reopen()) f.reopen();
    CHECK(show(f.deliver("d", one)) == lines{"a 1 2/1/2!"});
    for (const std::string user : {"c", "e"}) {
        CHECK(f.deliver(user, one).status == confirm_status::not_found);
        CHECK(f.read(user, one).status == confirm_status::not_found);
    }
    const auto two = f.post("a", "r", "2").message->id;
    CHECK(show(f.deliver("e", two)) == lines{"a 2 1/0/4"});
}

TEST_CASE("an author who has left, or come again since, is told nothing", "[room][receipts]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b", "c"});
    const auto one = f.post("b", "r", "1").message->id;
    (void)f.leave("b", "r");
    CHECK(f.deliver("a", one).deliveries.empty());
    (void)f.join("b", "r");
    const auto again = f.deliver("c", one);
    CHECK(again.status == confirm_status::changed);
    CHECK(again.deliveries.empty());
    CHECK(f.deliver("b", one).status == confirm_status::not_found);
    (void)f.post("b", "r", "2");
    CHECK(show(f.up_to("c", 5)) == lines{"b 2 1/0/2"});
}

TEST_CASE("who was removed confirms nothing, not even after it was added again", "[room][receipts]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b"});
    const auto one = f.post("a", "r", "1").message->id;
    (void)f.change_as("a", "r", room_action::remove{{"b"}});
    CHECK(f.deliver("b", one).status == confirm_status::not_found);
    CHECK(f.up_to("b", 3).positions.empty());
    (void)f.add("a", "r", {"b"});
    CHECK(f.deliver("b", one).status == confirm_status::not_found);
    CHECK(f.up_to("b", 4).positions.empty());
}

TEST_CASE("up to: one position for each room, beside the direct messages", "[room][receipts]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b"});
    (void)f.create("a", "s", {"b"});
    for (int i = 0; i < 3; ++i) {
        (void)f.post("a", "r", "x");
        (void)f.post("a", "s", "x");
        (void)f.send("a", "b");
    }
    (void)f.post("b", "r", "own");
    const auto outcome = f.up_to("b", f.open("b").head);
    CHECK(outcome.changes.size() == 3);
    REQUIRE(outcome.positions.size() == 2);
    CHECK(outcome.positions[0].delivered == 3);
    CHECK(outcome.positions[1].delivered == 3);
    CHECK(outcome.deliveries.size() == 2);
    CHECK(f.up_to("b", f.open("b").head).status == confirm_status::already);
    CHECK(f.plan_default("b").count == 0);
}

TEST_CASE("a replay that was handed to the socket moves the position in the room", "[room][receipts]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b"});
    std::vector<message_id> ids;
    for (int i = 0; i < 4; ++i) ids.push_back(f.post("a", "r", "x").message->id);
    const auto outcome = f.apply_as<confirmed>(confirm_replayed{{"b"}, 2, 3});
    REQUIRE(outcome.positions.size() == 1);
    CHECK(outcome.positions[0].delivered == 2);
    CHECK(show(outcome) == lines{"a 2 1/0/1!"});
    CHECK(f.apply_as<confirmed>(confirm_replayed{{"b"}, 2, 3}).status == confirm_status::already);
    if (f.survives_reopen()) f.reopen();
    CHECK(f.deliver("b", ids[1]).status == confirm_status::already);
    CHECK(f.deliver("b", ids[2]).status == confirm_status::changed);
}

TEST_CASE("states in rooms never go back, in no log and in no order of receipts", "[room][receipts]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b"});
    const auto one = f.post("a", "r", "1").message->id;
    const auto two = f.post("a", "r", "2").message->id;
    (void)f.deliver("b", two);
    (void)f.read("b", two);
    if (f.survives_reopen()) f.reopen();
    for (const auto& id : {one, two}) {
        const auto late = f.deliver("b", id);
        CHECK(late.status == confirm_status::already);
        CHECK(late.state == message_state::read);
        CHECK(late.positions.empty());
        CHECK(late.deliveries.empty());
        CHECK_FALSE(f.read("b", id).read_position_moved.has_value());
    }
    CHECK(f.up_to("b", 3).status == confirm_status::already);
    CHECK(f.page("b", 2, 3).entries.at(1).state == message_state::read);
}

TEST_CASE("a room that begins anew has new positions and old numbers", "[room][receipts]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b"});
    const auto old = f.post("a", "r", "1").message->id;
    (void)f.deliver("b", old);
    (void)f.erase("a", "r");
    (void)f.create("b", "r", {"a", "c"});
    CHECK(f.deliver("b", old).status == confirm_status::not_found);
    const auto fresh = f.post("c", "r", "2").message->id;
    if (f.survives_reopen()) f.reopen();
    CHECK(show(f.deliver("b", fresh)) == lines{"c 2 1/0/2"});
    CHECK(show(f.deliver("a", fresh)) == lines{"c 2 2/0/2!"});
}

TEST_CASE("lists for STATE_SYNC know messages of rooms like direct ones", "[room][receipts]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b"});
    std::vector<message_id> ids;
    for (int i = 0; i < 3; ++i) ids.push_back(f.post("a", "r", "x").message->id);
    const auto direct = f.send("a", "b").message->id;
    (void)f.post("b", "r", "own");
    (void)f.post("a", "r", "last");
    (void)f.deliver("b", ids[1]);
    (void)f.read("b", ids[0]);
    (void)f.deliver("b", direct);
    const auto ask = [&](const std::string& user) {
        return std::get<sync_state>(f.reader().ask(sync_request{.user = {user}}).value());
    };
    auto state = ask("b");
    CHECK(state.undelivered == 2);
    CHECK(state.delivered == std::vector{ids[1], direct});
    CHECK(state.read == std::vector{ids[0]});
    CHECK(ask("a").undelivered == 1); // its own are not addressed to it
    (void)f.leave("b", "r");
    state = ask("b");
    CHECK(state.undelivered == 0);
    CHECK(state.delivered == std::vector{direct});
    CHECK(state.read.empty());
}

TEST_CASE("a long absence ends with one update for each author", "[room][receipts]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b", "c"});
    (void)f.post("c", "r", "first");
    std::vector<log_operation> posts;
    for (int i = 0; i < 1000; ++i) posts.emplace_back(append_room{{"a"}, {"r"}, "x", "text", ""});
    (void)f.commit(posts);
    CHECK(show(f.up_to("b", f.open("b").head)) == lines{"a 1001 1/0/2", "c 1 1/0/2"});
}

TEST_CASE("what left the log unconfirmed is delivered by a receipt up to what is above it", "[room][receipts]") {
    room_fixture f(EVERY_LOG, {.entries_max = 10});
    (void)f.create("a", "r", {"b"});
    const auto old = f.post("a", "r", "old").message->id;
    for (int i = 0; i < 8; ++i) (void)f.send("a", "b");
    const auto kept = f.post("a", "r", "kept").message->id; // the ninth entry that is left
    (void)f.send("a", "b");
    const auto head = f.open("b").head;
    const auto floor = f.open("b").floor;
    REQUIRE(floor > 2);
    (void)f.up_to("b", floor - 2); // below the gap's end: it is not known what that is
    CHECK(f.read("b", old).status == confirm_status::invalid_transition);
    (void)f.up_to("b", floor - 1);
    CHECK(f.read("b", old).status == confirm_status::changed);
    CHECK(f.read("b", kept).status == confirm_status::invalid_transition);
    const auto all = f.up_to("b", head);
    CHECK(show(all) == lines{"a 2 1/0/1!"});
    CHECK(f.read("b", kept).status == confirm_status::changed);
}
