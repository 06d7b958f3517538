#include "tests/support/room_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

using namespace wsd;
using wsd::test::room_fixture;
using lines = std::vector<std::string>;

#define EVERY_LOG GENERATE(as<std::string>{}, "memory", "sqlite")

TEST_CASE("a room's message is one message with an entry in the log of every member", "[room]") {
    room_fixture f(EVERY_LOG);
    CHECK(f.create("a", "r", {"b", "c"}).room->head.version == 3);
    const auto first = f.post("b", "r", "hello", "k");
    CHECK(first.status == post_status::stored);
    CHECK(first.sender_seq == 2);
    CHECK(first.member_count == 3);
    CHECK(first.message->chat.value == "room:r");
    CHECK(first.message->chat_seq == 1);
    CHECK(first.entries.size() == 3);
    CHECK(f.post("a", "r", "more").message->chat_seq == 2);
    for (int round = 0; round < 2; ++round) {
        CHECK(f.show_log("a") == lines{"joined a created by a", "1 b: hello", "2 a: more"});
        CHECK(f.show_log("b") == lines{"joined b created by a", "1 b: hello", "2 a: more"});
        const auto entry = f.page("c", 2, 2).entries.at(0);
        CHECK(entry.message->room.value == "r");
        CHECK(entry.message->chat.value == "room:r");
        CHECK(entry.message->message_type == "text");
        CHECK(entry.message->id == first.message->id);
        CHECK(entry.message->client_message_id == "k");
        if (f.survives_reopen()) f.reopen();
    }
    CHECK(f.post("c", "r", "after").message->chat_seq == 3);
    CHECK(f.send("c", "a").sender_seq == 5);
}

TEST_CASE("who is no member may neither post nor change anything, and learns nothing", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r");
    CHECK(f.post("x", "r", "hi").status == post_status::not_found);
    CHECK(f.post("x", "none", "hi").status == post_status::not_found);
    CHECK(f.post("x", "none", " ").status == post_status::not_found);
    CHECK(f.post("a", "r", " \n").status == post_status::blank);
    CHECK(f.open("x").head == 0);
}

TEST_CASE("a client id that was last used in a room that has ended names the message before it", "[room]") {
    room_fixture f(EVERY_LOG);
    const auto direct = f.send("a", "b", "x", "k");
    for (int round = 0; round < 3; ++round) {
        (void)f.create("a", "r");
        const auto post = f.post("a", "r", "x", "k");
        auto found = f.open("a", "", {"k"}).pending.at(0).message;
        REQUIRE(found);
        CHECK(found->id == post.message->id);
        CHECK(f.erase("a", "r").status == room_status::done);
        found = f.open("a", "", {"k"}).pending.at(0).message;
        REQUIRE(found);
        CHECK(found->id == direct.message->id);
        if (f.survives_reopen()) f.reopen();
    }
    (void)f.create("a", "alone");
    (void)f.post("a", "alone", "x", "only here");
    CHECK(f.erase("a", "alone").status == room_status::done);
    CHECK_FALSE(f.open("a", "", {"only here"}).pending.at(0).message);
}

TEST_CASE("a repeated post is one message, in each room by itself", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b"});
    (void)f.create("a", "other");
    const auto first = f.post("a", "r", "x", "k");
    (void)f.leave("b", "r");
    for (int round = 0; round < 2; ++round) {
        const auto again = f.post("a", "r", "x", "k");
        CHECK(again.duplicate);
        CHECK(again.message->id == first.message->id);
        CHECK(again.sender_seq == first.sender_seq);
        CHECK(again.message->chat_seq == 1);
        CHECK(again.member_count == 1);
        CHECK(again.entries.empty());
        CHECK(std::get<errc>(f.apply(append_room{{"a"}, {"r"}, "y", "text", "k"})) == errc::conflict);
        CHECK(std::get<errc>(f.apply(append_room{{"a"}, {"r"}, "x", "image", "k"})) == errc::conflict);
        if (f.survives_reopen()) f.reopen();
    }
    CHECK_FALSE(f.post("a", "other", "x", "k").duplicate);
    CHECK_FALSE(f.post("a", "r", "x").duplicate);
}

TEST_CASE("membership and messages are in the logs in the order of their commits", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r");
    const auto outcomes =
        f.commit({append_room{{"a"}, {"r"}, "1", "text", ""}, f.change("b", "r", room_action::join{}),
                  append_room{{"a"}, {"r"}, "2", "text", ""}, f.change("a", "r", room_action::remove{{"b"}}),
                  append_room{{"b"}, {"r"}, "3", "text", ""}});
    CHECK(std::get<posted>(outcomes[4]).status == post_status::not_found);
    CHECK(f.show_log("a") ==
          lines{"joined a created by a", "1 a: 1", "joined b joined by b", "2 a: 2", "left b removed by a"});
    CHECK(f.show_log("b") == lines{"joined b joined by b", "-", "left b removed by a"});
    CHECK(f.join("b", "r").status == room_status::forbidden);
    CHECK(f.add("a", "r", {"b"}).status == room_status::done);
    CHECK(f.show_log("b") == lines{"joined b joined by b", "-", "left b removed by a", "joined b added by a"});
    CHECK(f.show("r") == "4 a:3 b:1 ");
    if (f.survives_reopen()) f.reopen();
    CHECK(f.show("r") == "4 a:3 b:1 ");
    CHECK(f.post("b", "r", "3").sender_seq == 5);
}

TEST_CASE("in a large room only the user concerned has an entry", "[room]") {
    room_fixture f(EVERY_LOG);
    f.rules.member_events_max = 3;
    (void)f.create("a", "r", {"b"});
    (void)f.join("c", "r");
    (void)f.join("d", "r");
    (void)f.leave("d", "r");
    (void)f.leave("c", "r");
    CHECK(f.show_log("a") == lines{"joined a created by a", "joined c joined by c", "left c left by c"});
    CHECK(f.show_log("d") == lines{"joined d joined by d", "left d left by d"});
    f.rules.member_events_max = 0;
    (void)f.join("c", "r");
    CHECK(f.show_log("a").size() == 3);
}

TEST_CASE("a deleted room takes its messages along, its successor continues the chat", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b"});
    const auto first = f.post("a", "r", "secret", "k");
    CHECK(f.erase("b", "r").status == room_status::forbidden);
    const auto gone = f.erase("a", "r");
    CHECK(gone.status == room_status::done);
    CHECK(gone.room == nullptr);
    if (f.survives_reopen()) f.reopen();
    CHECK(f.show("r").empty());
    CHECK(f.show_log("b") == lines{"joined b created by a", "-", "deleted by a"});
    CHECK(f.page("b", 2, 2).entries.at(0).hidden);
    (void)f.trim();
    CHECK(f.page("b", 2, 2).entries.at(0).message->content.empty());
    CHECK(f.deliver("b", first.message->id).status == confirm_status::not_found);
    CHECK(f.join("b", "r").room->head.version == 1);
    CHECK(f.show("r") == "1 b:3 ");
    CHECK(f.add("b", "r", {"a"}).status == room_status::done);
    const auto next = f.post("a", "r", "secret", "k");
    CHECK_FALSE(next.duplicate);
    CHECK(next.message->chat_seq == 2);
    CHECK(f.show_log("b") == lines{"joined b created by a", "-", "deleted by a", "joined b created by b",
                                   "joined a added by b", "2 a: secret"});
}

TEST_CASE("who resumes is told of all its rooms, however many", "[room]") {
    room_fixture f(EVERY_LOG);
    constexpr std::size_t rooms = 1005;
    for (std::size_t i = 0; i < rooms; ++i) (void)f.create("a", "r" + std::to_string(i));
    CHECK(f.plan_default("a").rooms.rooms.size() == rooms);
    CHECK(f.reader().list_rooms({.user = {"a"}}).value().more);
}

TEST_CASE("an empty room ends or waits for its next owner", "[room]") {
    room_fixture f(EVERY_LOG);
    f.rules.auto_delete_empty = GENERATE(true, false);
    (void)f.create("a", "r");
    (void)f.post("a", "r", "1");
    CHECK(f.leave("a", "r").status == room_status::done);
    if (f.survives_reopen()) f.reopen();
    f.rules.auto_create = false;
    const auto joined = f.join("b", "r");
    if (f.rules.auto_delete_empty) {
        CHECK(joined.status == room_status::not_found);
    } else {
        CHECK(joined.status == room_status::done);
        CHECK(f.show("r") == "3 b:3 ");
        CHECK(f.post("b", "r", "2").message->chat_seq == 2);
    }
}

TEST_CASE("limits of rooms refuse the whole change", "[room]") {
    room_fixture f(EVERY_LOG);
    f.rules.members_max = 2;
    CHECK(f.create("a", "r", {"b", "c"}).status == room_status::limit);
    CHECK(f.create("a", "r", {"b", "b", "a"}).status == room_status::done);
    CHECK(f.join("c", "r").status == room_status::limit);
    CHECK_FALSE(f.join("b", "r").changed);
    CHECK(f.add("a", "r", {"c"}).status == room_status::limit);
    f.rules = {.rooms_per_user_max = 1};
    CHECK(f.create("b", "s").status == room_status::limit);
    CHECK(f.create("c", "s", {"a"}).status == room_status::limit);
    CHECK(f.join("c", "s").status == room_status::done);
    CHECK(f.add("c", "s", {"d", "a"}).status == room_status::limit);
    CHECK(f.show("s") == "1 c:3 ");
    f.rules = {.rooms_max = 2};
    CHECK(f.join("x", "t").status == room_status::limit);
    CHECK(f.create("x", "t").status == room_status::limit);
    CHECK(f.create("x", "s").status == room_status::taken);
    CHECK(f.erase("a", "r").status == room_status::done);
    CHECK(f.join("x", "t").status == room_status::done);
}

TEST_CASE("a receipt in a room is a position: it confirms what came before", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b", "c"});
    const auto one = f.post("a", "r", "1").message->id;
    const auto two = f.post("c", "r", "2").message->id;
    CHECK(f.plan_default("b").from == 2);
    CHECK(f.read("b", two).status == confirm_status::invalid_transition);
    const auto done = f.deliver("b", two);
    CHECK(done.status == confirm_status::changed);
    REQUIRE(done.positions.size() == 1);
    CHECK(done.positions[0].delivered == 2);
    if (f.survives_reopen()) f.reopen();
    CHECK(f.deliver("b", one).status == confirm_status::already);
    CHECK(f.plan_default("b").from == 4);
    const auto read = f.read("b", one);
    CHECK(read.state == message_state::read);
    CHECK(read.read_position_moved->chat.value == "room:r");
    CHECK(read.read_position_moved->chat_seq == 1);
    CHECK(f.deliver("a", one).status == confirm_status::not_authorized);
    CHECK(f.deliver("x", one).status == confirm_status::not_found);
    CHECK(f.page("b", 2, 3).entries[0].state == message_state::read);
    CHECK(f.page("b", 2, 3).entries[1].state == message_state::delivered);
    CHECK(f.page("c", 2, 3).entries[0].state == message_state::sent);
    CHECK(f.page("a", 2, 3).entries[0].state == message_state::sent);
    CHECK(f.up_to("c", 3).positions.at(0).delivered == 1);
    CHECK(f.up_to("c", 3).status == confirm_status::already);
    (void)f.leave("b", "r");
    CHECK(f.deliver("b", one).status == confirm_status::not_found);
}

TEST_CASE("a resume may begin at a room's message", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b"});
    const auto one = f.post("a", "r", "1").message->id;
    (void)f.post("a", "r", "2");
    if (f.survives_reopen()) f.reopen();
    for (const std::string user : {"a", "b"}) {
        const auto plan = f.plan({.user = {user}, .start = 3, .last_seen = one.to_string()});
        CHECK(plan.mode == resume_mode::exact);
        CHECK(plan.from == 3);
        CHECK(plan.count == 1);
    }
    CHECK(f.plan({.user = {"x"}, .start = 0, .last_seen = one.to_string()}).mode == resume_mode::snapshot);
    const auto event = f.page("b", 1, 1).entries.at(0).message->id;
    CHECK(f.plan({.user = {"b"}, .start = 3, .last_seen = event.to_string()}).mode == resume_mode::snapshot);
}

TEST_CASE("rooms are looked up by their members and listed newest first", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r1", {"b"});
    f.now += 10;
    (void)f.create("b", "r2");
    f.now += 10;
    CHECK(f.change_as("a", "r1", room_action::update{{.name = "one", .thumbnail_url = "u"}}).patch.name == "one");
    CHECK(f.change_as("b", "r1", room_action::update{{.name = "two"}}).status == room_status::forbidden);
    CHECK(f.change_as("a", "r1", room_action::update{{.name = ""}}).status == room_status::blank_name);
    CHECK(f.change_as("a", "r1", room_action::update{}).status == room_status::empty_patch);
    CHECK_FALSE(f.change_as("a", "r1", room_action::update{{.name = "one"}}).changed);
    if (f.survives_reopen()) f.reopen();
    const auto found = f.reader().find_room({{"b"}, {"r1"}}).value();
    REQUIRE(found);
    CHECK(found->head.name == "one");
    CHECK(found->head.thumbnail_url == "u");
    CHECK(found->head.created_by.value == "a");
    CHECK(found->head.version == 3);
    CHECK(found->head.member_count == 2);
    CHECK_FALSE(f.reader().find_room({{"a"}, {"r2"}}).value());
    CHECK_FALSE(f.reader().find_room({{"a"}, {"none"}}).value());
    const auto of_b = f.reader().list_rooms({.user = {"b"}}).value();
    REQUIRE(of_b.rooms.size() == 2);
    CHECK(of_b.rooms[0].head.id.value == "r1");
    CHECK(of_b.rooms[0].role == room_role::member);
    CHECK(of_b.rooms[1].role == room_role::owner);
    CHECK_FALSE(of_b.more);
    CHECK(f.reader().list_rooms({.user = {"b"}, .max = 1}).value().more);
    CHECK(f.reader().list_rooms({.user = {"x"}, .all = true}).value().rooms.size() == 2);
    CHECK(f.reader().list_rooms({.user = {"x"}}).value().rooms.empty());
}
