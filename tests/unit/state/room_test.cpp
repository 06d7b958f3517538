#include "common/state/room.hpp"
#include "common/state/room_rights.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace wsd;
using enum room_role;

namespace {

constexpr auto room_key_1 = static_cast<chat_key>(first_room_key + 1);

room make_room(const std::vector<std::string>& users) {
    room made({.key = room_key_1}, {}, 0);
    made.found({.id = {"r"}, .name = "r", .created_by = {users.front()}});
    std::uint64_t number = 0;
    for (const auto& user : users) {
        ++number;
        made.add({.user = {user},
                  .key = static_cast<user_key>(number),
                  .at = static_cast<timestamp>(number),
                  .since = number},
                 number == 1);
    }
    return made;
}

std::string listing(const room& of) {
    constexpr const char* names[] = {"none", "member", "admin", "owner"};
    std::string text;
    for (const auto& [user, role] : of.view().members)
        text += user.value + ":" + names[static_cast<std::size_t>(role)] + " ";
    return text;
}

} // namespace

TEST_CASE("the matrix of rights in rooms", "[room]") {
    struct row {
        room_verb verb;
        bool owner, admin, member, other;
    };
    constexpr row matrix[] = {
        {room_verb::look, true, true, true, false},         {room_verb::post, true, true, true, false},
        {room_verb::leave, true, true, true, false},        {room_verb::update_meta, true, true, false, false},
        {room_verb::add_members, true, true, false, false}, {room_verb::remove_member, true, true, false, false},
        {room_verb::set_role, true, false, false, false},   {room_verb::erase, true, false, false, false},
    };
    for (const row& expected : matrix) {
        CAPTURE(static_cast<int>(expected.verb));
        CHECK(may(owner, expected.verb) == expected.owner);
        CHECK(may(admin, expected.verb) == expected.admin);
        CHECK(may(member, expected.verb) == expected.member);
        CHECK(may(none, expected.verb) == expected.other);
    }
    // caller × target
    constexpr room_role roles[] = {none, member, admin, owner};
    for (const room_role caller : roles) {
        for (const room_role target : roles) {
            CAPTURE(static_cast<int>(caller), static_cast<int>(target));
            const bool expected =
                (caller == owner && (target == admin || target == member)) || (caller == admin && target == member);
            CHECK(may_remove(caller, target) == expected);
        }
    }
}

TEST_CASE("a room created with n further members has version 1+n", "[room]") {
    CHECK(make_room({"a"}).head().version == 1);
    const room three = make_room({"a", "c", "b"});
    CHECK(three.head().version == 3);
    CHECK(three.size() == 3);
    CHECK(listing(three) == "a:owner c:member b:member ");
}

TEST_CASE("members are listed by role, then by time of joining, then by id", "[room]") {
    room r = make_room({"a", "b"});
    r.add({.user = {"z"}, .key = user_key{7}, .at = 9, .since = 9});
    r.add({.user = {"y"}, .key = user_key{8}, .at = 9, .since = 10});
    r.set_role({"y"}, admin, 11);
    r.set_role({"z"}, admin, 12);
    CHECK(listing(r) == "a:owner y:admin z:admin b:member ");
}

TEST_CASE("a leaving owner is followed by the earliest admin, else the earliest member", "[room]") {
    room r = make_room({"a", "b", "c", "d"});
    r.set_role({"d"}, admin, 5);
    const auto before = r.head().version;
    CHECK(r.remove({"a"}, room::departure::left, 6) == user_id{"d"});
    CHECK(r.head().version == before + 2);
    CHECK(r.remove({"d"}, room::departure::left, 7) == user_id{"b"});
    CHECK(r.remove({"c"}, room::departure::left, 8) == std::nullopt);
    CHECK(r.head().version == before + 5);
    CHECK(listing(r) == "b:owner ");
    CHECK(r.remove({"b"}, room::departure::left, 9) == std::nullopt);
    CHECK(r.size() == 0);
    r.add({.user = {"c"}, .key = user_key{3}, .at = 10, .since = 20});
    CHECK(listing(r) == "c:owner ");
}

TEST_CASE("a removed user is remembered until it is added again or the room ends", "[room]") {
    room r = make_room({"a", "b", "c"});
    (void)r.remove({"b"}, room::departure::removed, 5);
    (void)r.remove({"c"}, room::departure::left, 5);
    CHECK(r.was_removed({"b"}));
    CHECK_FALSE(r.was_removed({"c"}));
    CHECK(r.find({"b"}) == nullptr);
    CHECK(listing(r) == "a:owner ");
    r.add({.user = {"b"}, .key = user_key{2}, .at = 6, .since = 6});
    CHECK_FALSE(r.was_removed({"b"}));
    (void)r.remove({"b"}, room::departure::removed, 7);
    r.end();
    CHECK_FALSE(r.alive());
    CHECK_FALSE(r.was_removed({"b"}));
    r.found({.id = {"r"}, .version = 77});
    CHECK(r.head().version == 1);
}

TEST_CASE("an update says what changed, and only that counts", "[room]") {
    room r = make_room({"a"});
    const auto done = r.update({.name = "r", .thumbnail_url = "u", .policy = join_policy::invite}, 5);
    CHECK_FALSE(done.name.has_value());
    CHECK(done.thumbnail_url == "u");
    CHECK(done.policy == join_policy::invite);
    CHECK(r.head().version == 2);
    CHECK(r.head().updated_at == 5);
    CHECK(r.update({.thumbnail_url = "u"}, 6).empty());
    CHECK(r.head().version == 2);
    CHECK(r.head().updated_at == 5);
}

TEST_CASE("positions never go back and begin where the chat was at the joining", "[room]") {
    room r = make_room({"a"});
    for (int i = 0; i < 4; ++i) (void)r.next_chat_seq();
    r.add({.user = {"b"}, .key = user_key{2}, .at = 2, .since = 9});
    CHECK(r.find({"b"})->row.delivered == 4);
    CHECK_FALSE(r.move_position({"b"}, 3, 2));
    CHECK(r.move_position({"b"}, 6, 5));
    CHECK_FALSE(r.move_position({"b"}, 5, 5));
    CHECK(r.find({"b"})->row.delivered == 6);
    CHECK(r.find({"b"})->row.read == 5);
    CHECK_FALSE(r.move_position({"stranger"}, 9, 9));
    CHECK_FALSE(room::sees(r.find({"b"}), 9));
    CHECK(room::sees(r.find({"b"}), 10));
    CHECK_FALSE(room::sees(nullptr, 10));
}

TEST_CASE("at most a thousand members are listed", "[room]") {
    room r = make_room({"owner"});
    for (int i = 0; i < 1000; ++i)
        r.add({.user = {"u" + std::to_string(i)}, .key = static_cast<user_key>(i + 2), .at = i, .since = 1});
    CHECK(r.view().members.size() == 1000);
    CHECK(r.view().truncated());
    CHECK(r.view().members.front().first == user_id{"owner"});
    (void)r.remove({"u5"}, room::departure::left, 0);
    CHECK_FALSE(r.view().truncated());
}
