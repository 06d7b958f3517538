#include "tests/support/room_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace wsd;
using wsd::test::room_fixture;
using lines = std::vector<std::string>;

#define EVERY_LOG GENERATE(as<std::string>{}, "memory", "sqlite")

namespace {

lines rooms_of(room_fixture& f, const std::string& user) {
    lines names;
    for (const room_id& room : f.reader().contacts({.user = {user}, .max = 10}).value().rooms)
        names.push_back(room.value);
    std::sort(names.begin(), names.end());
    return names;
}

lines all_members(room_fixture& f, std::size_t page_size) {
    lines names;
    members_request request{.max = page_size};
    for (;;) {
        const auto page = f.reader().read_members(request).value();
        for (const user_id& user : page.users) names.push_back(user.value);
        request.after = page.last;
        if (page.users.size() < page_size) break;
    }
    std::sort(names.begin(), names.end());
    return names;
}

lines all_contacts(room_fixture& f, const std::string& user, std::size_t page_size) {
    lines names;
    contacts_request request{.user = {user}, .max = page_size};
    for (;;) {
        const auto page = f.reader().contacts(request).value();
        for (const user_id& contact : page.users) names.push_back(contact.value);
        for (const room_id& room : page.rooms) names.push_back("room " + room.value);
        CHECK((page.users.size() < page_size || page.rooms.empty()));
        request.after = page.last;
        if (page.users.size() < page_size) break;
    }
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace

TEST_CASE("contacts come page by page, each once, and the rooms with the last page", "[room]") {
    room_fixture f(EVERY_LOG);
    for (const char* older : {"a", "b", "c"}) (void)f.send(older, "z");
    const auto meet = [&f](const char* contact) {
        (void)f.send(contact, "m");
        (void)f.send("m", contact);
    };
    for (const char* contact : {"d", "b", "e", "a", "f"}) meet(contact);
    (void)f.send("c", "m"); // unanswered
    (void)f.send("m", "g");
    (void)f.create("m", "r", {"c"});
    if (f.survives_reopen()) f.reopen();
    const auto page_size = GENERATE(as<std::size_t>{}, 1, 2, 3, 5, 6, 100);
    CHECK(all_contacts(f, "m", page_size) == lines{"a", "b", "d", "e", "f", "room r"});
    CHECK(all_contacts(f, "c", page_size) == lines{"room r"});
    CHECK(all_contacts(f, "nobody", page_size).empty());

    meet("h");
    meet("c");
    CHECK(all_contacts(f, "m", page_size) == lines{"a", "b", "c", "d", "e", "f", "h", "room r"});
}

TEST_CASE("the rooms of a user are those of which it is a member now", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b", "c"});
    (void)f.create("b", "s", {"a"});
    (void)f.create("a", "gone");
    (void)f.erase("a", "gone");
    CHECK(rooms_of(f, "a") == lines{"r", "s"});
    CHECK(rooms_of(f, "c") == lines{"r"});
    CHECK(rooms_of(f, "x").empty());
    (void)f.leave("a", "r");
    (void)f.change_as("b", "r", room_action::remove{{"c"}});
    if (f.survives_reopen()) f.reopen();
    CHECK(rooms_of(f, "a") == lines{"s"});
    CHECK(rooms_of(f, "c").empty());
    CHECK(f.reader().contacts({.user = {"a"}, .max = 10}).value().users.empty());
}

TEST_CASE("everybody who is a member of a room is listed once, page by page", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b", "c"});
    (void)f.create("b", "s", {"a", "d"});
    (void)f.change_as("a", "r", room_action::remove{{"c"}});
    (void)f.send("x", "a");
    for (const std::size_t size : {1u, 2u, 3u, 10u}) CHECK(all_members(f, size) == lines{"a", "b", "d"});
}

TEST_CASE("going offline is leaving every room, as if one after the other", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b", "c"});
    (void)f.create("a", "alone");
    (void)f.create("b", "s", {"a"});
    (void)f.create("b", "other");
    const auto left = f.apply_as<rooms_left>(leave_rooms{.user = {"a"}, .rules = f.rules});
    REQUIRE(left.rooms.size() == 3);
    for (const room_changed& each : left.rooms) {
        CHECK(each.changed);
        REQUIRE(each.records.size() == 1);
        CHECK(each.records[0].kind == entry_kind::member_left);
        CHECK(each.records[0].record->message_type == "disconnect");
    }
    for (int round = 0; round < 2; ++round) {
        CHECK(rooms_of(f, "a").empty());
        CHECK(f.show("r") == "5 b:3 c:1 "); // it left, and the ownership passed
        CHECK(f.show_log("b") == lines{"joined b created by a", "joined b created by b", "joined b created by b",
                                       "left a disconnect by a", "left a disconnect by a"});
        if (f.survives_reopen()) f.reopen();
    }
    CHECK(f.create("x", "alone").status == room_status::done); // it ended with its last member
    CHECK(f.apply_as<rooms_left>(leave_rooms{.user = {"a"}}).rooms.empty());
    CHECK(f.apply_as<rooms_left>(leave_rooms{.user = {"nobody"}}).rooms.empty());
    CHECK(f.join("a", "r").changed); // it was not removed
}

TEST_CASE("users who share a room are contacts as long as they do", "[room]") {
    room_fixture f(EVERY_LOG);
    CHECK_FALSE(f.send("a", "b").contacts);
    (void)f.create("a", "r");
    (void)f.create("b", "s");
    CHECK_FALSE(f.send("a", "b").contacts);
    (void)f.add("a", "r", {"b"});
    const auto sent = f.send("a", "b");
    CHECK(sent.contacts);
    CHECK_FALSE(sent.new_contacts);
    if (f.survives_reopen()) f.reopen();
    CHECK(f.send("b", "c").contacts == false);
    CHECK(f.send("a", "b").contacts);
    (void)f.leave("b", "r");
    CHECK_FALSE(f.send("a", "b").contacts);
    const auto answer = f.send("b", "a");
    CHECK(answer.contacts);
    CHECK(answer.new_contacts);
}
