#include "tests/support/room_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace wsd;
using wsd::test::room_fixture;
using lines = std::vector<std::string>;

#define EVERY_LOG GENERATE(as<std::string>{}, "memory", "sqlite")

namespace {

history_page history(room_fixture& f, history_request request) {
    return std::get<history_page>(f.reader().ask(std::move(request)).value());
}

// `3 hello` for each message, `3 gone` for a tombstone; `nothing` when there is no such chat for the user.
lines texts(room_fixture& f, history_request request) {
    const auto page = history(f, std::move(request));
    if (!page.found) return {"nothing"};
    lines out;
    for (const auto& item : page.messages) {
        const message_record& message = *item.message;
        out.push_back(std::to_string(message.chat_seq) + " " + (message.deleted_at ? "gone" : message.content));
    }
    if (page.has_more) out.push_back("more");
    return out;
}

lines names(const std::vector<conversation_state>& conversations) {
    lines out;
    for (const auto& conversation : conversations) out.push_back(conversation.chat.value);
    return out;
}

// `head/read/unread last`
std::string standing(room_fixture& f, const std::string& user, const std::string& chat) {
    for (const auto& each : f.conversations(user)) {
        if (each.chat.value != chat) continue;
        return std::to_string(each.head_chat_seq) + "/" + std::to_string(each.read_chat_seq) + "/" +
               std::to_string(each.unread) + " " + (each.last ? each.last->content : "-");
    }
    return "none";
}

} // namespace

TEST_CASE("an edit of a room's message is an entry of everybody who sees the message", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b", "c"});
    const auto id = f.post("b", "r", "one").message->id;
    (void)f.leave("c", "r");
    (void)f.join("d", "r");
    f.now += 5;
    const auto done = f.edit("b", id, "two");
    REQUIRE(done.status == mutation_status::changed);
    CHECK(done.message->content == "two");
    CHECK(done.message->edited_at == f.now);
    CHECK(done.message->chat_seq == 1);
    REQUIRE(done.entries.size() == 2);
    CHECK(done.entries[0].user.value == "a");
    CHECK(done.entries[1].user.value == "b");
    CHECK(f.edit("b", id, "two").status == mutation_status::already);
    CHECK(f.edit("b", id, "two").entries.empty());
    for (int round = 0; round < 2; ++round) {
        CHECK(f.show_log("a") ==
              lines{"joined a created by a", "1 b: two", "left c left by c", "joined d joined by d", "edit 1 two"});
        CHECK(f.show_log("c") == lines{"joined c created by a", "-", "left c left by c"});
        CHECK(f.show_log("d") == lines{"joined d joined by d"});
        const auto entry = f.page("b", done.entries[1].seq, done.entries[1].seq).entries.at(0);
        CHECK(entry.kind == entry_kind::edit);
        CHECK(entry.at == done.at);
        CHECK(entry.message->sender.value == "b");
        if (f.survives_reopen()) f.reopen();
    }
    CHECK(f.edit("b", id, "one").status == mutation_status::changed); // back to what it was
    CHECK(f.post("a", "r", "next").message->chat_seq == 2);           // an edit has no place in the chat
}

TEST_CASE("who may change a room's message", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("owner", "r", {"admin", "author", "member"});
    (void)f.change_as("owner", "r", room_action::set_role{{"admin"}, room_role::admin});
    const auto message = [&](const std::string& by) { return f.post(by, "r", "text").message->id; };
    using enum mutation_status;
    for (const std::string user : {"owner", "admin", "member"}) {
        INFO(user);
        const auto of_author = message("author");
        CHECK(f.edit(user, of_author, "x").status == forbidden);
        CHECK(f.erase(user, of_author).status == (user == "member" ? forbidden : changed));
        const auto own = message(user);
        CHECK(f.edit(user, own, "x").status == changed);
        CHECK(f.erase(user, own).status == changed);
    }
    const auto of_owner = message("owner");
    CHECK(f.erase("admin", of_owner).status == changed); // any message of the room
    CHECK(f.edit("owner", of_owner, "x").status == not_found);
    CHECK(f.erase("author", of_owner).status == forbidden);
    const auto last = message("author");
    (void)f.join("late", "r");
    for (const std::string user : {"late", "stranger"}) {
        CHECK(f.edit(user, last, "x").status == not_found);
        CHECK(f.erase(user, last).status == not_found);
    }
    (void)f.leave("author", "r");
    CHECK(f.edit("author", last, "x").status == not_found);
    (void)f.join("author", "r"); // what it wrote is from before it last became a member
    CHECK(f.erase("author", last).status == not_found);
    const auto event = f.page("late", 1, 1).entries.at(0).message->id;
    CHECK(f.erase("owner", event).status == not_found); // no message
}

TEST_CASE("a deleted message of a room has no content anywhere, and says who deleted it", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b", "c"});
    const auto id = f.post("b", "r", "secret", "k").message->id;
    (void)f.edit("b", id, "still secret");
    const auto at = f.now += 5;
    const auto done = f.erase("a", id);
    REQUIRE(done.status == mutation_status::changed);
    CHECK(done.message->deleted_by.value == "a");
    CHECK(done.message->sender.value == "b");
    f.now += 5;
    for (int round = 0; round < 2; ++round) {
        const auto again = f.erase("b", id);
        CHECK(again.status == mutation_status::already);
        CHECK(again.message->deleted_at == at);
        CHECK(f.show_log("c") == lines{"joined c created by a", "1 deleted by a", "gone 1 by a", "gone 1 by a"});
        for (const auto& entry : f.page("c", 1, 4).entries) CHECK(entry.message->content.empty());
        CHECK(texts(f, {.user = {"c"}, .room = {"r"}}) == lines{"1 gone"});
        CHECK(standing(f, "c", "room:r") == "1/0/0 ");
        CHECK(f.post("b", "r", "secret", "k").duplicate); // the key names what was first sent
        CHECK(std::get<errc>(f.apply(append_room{{"b"}, {"r"}, "still secret", "text", "k"})) == errc::conflict);
        CHECK(f.edit("b", id, "x").status == mutation_status::not_found);
        if (f.survives_reopen()) f.reopen();
    }
    CHECK(f.deliver("c", id).status == confirm_status::changed); // receipts work
}

TEST_CASE("a replay of a room's log shows a change only when nothing else in it does", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("x", "r", {"b"});                  // 1
    const auto a = f.post("x", "r", "a").message->id; // 2
    const auto b = f.post("x", "r", "b").message->id; // 3
    (void)f.edit("x", a, "a1");                       // 4
    (void)f.edit("x", a, "a2");                       // 5
    (void)f.erase("x", b);                            // 6
    (void)f.edit("x", a, "a3");                       // 7
    (void)f.post("x", "r", "c");                      // 8
    const auto shown = [&](std::uint64_t from, std::uint64_t to) {
        lines out;
        for (const auto& entry : f.replay("b", from, to))
            out.push_back(std::to_string(entry.seq) + " " + f.show(entry));
        return out;
    };
    for (int round = 0; round < 2; ++round) {
        CHECK(shown(2, 8) == lines{"2 1 x: a3", "3 2 deleted by x", "8 3 x: c"});
        CHECK(shown(3, 8) == lines{"3 2 deleted by x", "7 edit 1 a3", "8 3 x: c"});
        CHECK(shown(4, 8) == lines{"6 gone 2 by x", "7 edit 1 a3", "8 3 x: c"});
        CHECK(shown(4, 6) == lines{"5 edit 1 a3", "6 gone 2 by x"}); // 7 is in the next one
        CHECK(shown(4, 4) == lines{"4 edit 1 a3"});
        if (f.survives_reopen()) f.reopen();
    }
    (void)f.change_as("x", "r", room_action::remove{{"b"}}); // 9
    CHECK(shown(2, 9) == lines{"2 -", "3 -", "8 -", "9 left b removed by x"});
    (void)f.add("x", "r", {"b"});                     // 10
    const auto d = f.post("x", "r", "d").message->id; // 11
    CHECK(f.edit("x", a, "a4").entries.size() == 1);  // b sees `a` no more
    (void)f.edit("x", d, "d1");                       // 12
    CHECK(shown(8, 12) == lines{"8 -", "9 left b removed by x", "10 joined b added by x", "11 4 x: d1"});
}

TEST_CASE("history of a room: what was said since the user last became a member", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b"});
    for (int i = 1; i <= 300; ++i) {
        (void)f.post("a", "r", std::to_string(i));
        if (i == 100) (void)f.join("late", "r");
        if (i == 250) (void)f.leave("b", "r");
    }
    const auto numbers = [](std::uint64_t from, std::uint64_t to, bool more) {
        lines out;
        for (auto i = from; i <= to; ++i) out.push_back(std::to_string(i) + " " + std::to_string(i));
        if (more) out.push_back("more");
        return out;
    };
    for (int round = 0; round < 2; ++round) {
        history_request request{.user = {"late"}, .room = {"r"}, .limit = 150};
        CHECK(texts(f, request) == numbers(151, 300, true));
        request.before = 151;
        CHECK(texts(f, request) == numbers(101, 150, false)); // nothing of what was said before
        request.before = 101;
        CHECK(texts(f, request).empty());
        request.before.reset();
        request.after = 0;
        CHECK(texts(f, request) == numbers(101, 250, true));
        request.after = 260;
        CHECK(texts(f, request) == numbers(261, 300, false));
        request.after = 300;
        CHECK(texts(f, request).empty());
        CHECK(texts(f, {.user = {"a"}, .room = {"r"}, .after = 0, .limit = 200}) == numbers(1, 200, true));
        CHECK(texts(f, {.user = {"b"}, .room = {"r"}}) == lines{"nothing"});
        CHECK(texts(f, {.user = {"stranger"}, .room = {"r"}}) == lines{"nothing"});
        CHECK(texts(f, {.user = {"a"}, .room = {"none"}}) == lines{"nothing"});
        if (f.survives_reopen()) f.reopen();
    }
    (void)f.join("b", "r");
    CHECK(texts(f, {.user = {"b"}, .room = {"r"}}).empty());
    (void)f.post("b", "r", "back");
    CHECK(texts(f, {.user = {"b"}, .room = {"r"}}) == lines{"301 back"});
    CHECK(f.erase("a", "r").status == room_status::done);
    CHECK(texts(f, {.user = {"a"}, .room = {"r"}}) == lines{"nothing"});
    (void)f.join("b", "r"); // another room of the same name
    CHECK(texts(f, {.user = {"b"}, .room = {"r"}}).empty());
}

TEST_CASE("history tells the author how far its messages of a room have come", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b", "c", "d"});
    const auto one = f.post("a", "r", "one").message->id;
    const auto two = f.post("a", "r", "two").message->id;
    (void)f.post("b", "r", "three");
    (void)f.deliver("b", two);
    (void)f.read("b", one);
    (void)f.deliver("c", one);
    (void)f.leave("d", "r");
    (void)f.join("e", "r");
    if (f.survives_reopen()) f.reopen();
    const auto seen = [&](const std::string& user) {
        lines out;
        for (const auto& item : history(f, {.user = {user}, .room = {"r"}}).messages) {
            std::string text = std::to_string(static_cast<int>(item.state));
            if (item.counts)
                text += " " + std::to_string(item.counts->delivered) + " " + std::to_string(item.counts->read) +
                        " of " + std::to_string(item.counts->total);
            out.push_back(text);
        }
        return out;
    };
    CHECK(seen("a") == lines{"0 2 1 of 2", "0 1 0 of 2", "0"});
    CHECK(seen("b") == lines{"2", "1", "0 0 0 of 2"});
    CHECK(seen("c") == lines{"1", "0", "0"});
    CHECK(seen("e").empty());
}

TEST_CASE("rooms are among a user's chats, by what happened last that it sees", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b"});
    (void)f.send("a", "b", "direct");
    (void)f.create("a", "s", {"b"});
    CHECK(names(f.conversations("b")) == lines{"room:s", "dm:a:b", "room:r"});
    CHECK(standing(f, "b", "room:s") == "0/0/0 -");
    (void)f.post("a", "r", "newest");
    if (f.survives_reopen()) f.reopen();
    CHECK(names(f.conversations("b")) == lines{"room:r", "room:s", "dm:a:b"});
    CHECK(standing(f, "b", "room:r") == "1/0/1 newest");
    (void)f.join("c", "r");
    CHECK(names(f.conversations("c")) == lines{"room:r"});
    CHECK(standing(f, "c", "room:r") == "1/1/0 -"); // what was said before is not for it
    (void)f.leave("b", "r");
    CHECK(names(f.conversations("b")) == lines{"room:s", "dm:a:b"});
    // Who left after the chats were listed is not shown the room, nor fewer chats than were asked for.
    conversations_request request{.user = {"c"}, .chats = f.chats("c").chats};
    (void)f.leave("c", "r");
    const auto page = std::get<conversation_page>(f.reader().ask(request).value());
    REQUIRE(page.conversations.size() == 1);
    CHECK(page.conversations[0].gone);
}

TEST_CASE("unread in a room is what others wrote since, but for what was deleted", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b"});
    for (int i = 0; i < 600; ++i) (void)f.send("u" + std::to_string(i), "v"); // many users: codes of authors repeat
    (void)f.join("c", "r");
    std::vector<message_id> of_a;
    for (int i = 0; i < 20; ++i) of_a.push_back(f.post("a", "r", "a").message->id); // 1..20
    for (int i = 0; i < 5; ++i) (void)f.post("b", "r", "b");                        // 21..25
    (void)f.post("c", "r", "c");                                                    // 26
    CHECK(standing(f, "b", "room:r") == "26/0/21 c");
    CHECK(standing(f, "a", "room:r") == "26/0/6 c");
    CHECK(standing(f, "c", "room:r") == "26/0/25 c");
    (void)f.up_to("b", f.open("b").head);
    (void)f.read("b", of_a[9]);
    CHECK(standing(f, "b", "room:r") == "26/10/11 c");
    (void)f.erase("a", of_a[2]); // read already
    (void)f.erase("a", of_a[12]);
    if (f.survives_reopen()) f.reopen();
    CHECK(standing(f, "b", "room:r") == "26/10/10 c");
    CHECK(standing(f, "a", "room:r") == "26/0/6 c"); // its own
    (void)f.leave("b", "r");
    (void)f.join("b", "r");
    CHECK(standing(f, "b", "room:r") == "26/26/0 -");
    (void)f.post("a", "r", "more");
    CHECK(standing(f, "b", "room:r") == "27/26/1 more");
}

TEST_CASE("rooms' changes keep their places while their entries move to the tables", "[room]") {
    room_fixture f(EVERY_LOG);
    (void)f.create("a", "r", {"b"});
    std::vector<message_id> sent;
    lines expected{"joined b created by a"};
    for (int i = 0; i < 60; ++i) {
        sent.push_back(f.post("a", "r", std::to_string(i)).message->id);
        (void)f.edit("a", sent[sent.size() / 2], "edited " + std::to_string(i));
        if (i % 20 == 19 && f.survives_reopen()) f.reopen();
    }
    const auto page = f.page("b", 2, 121);
    REQUIRE(page.entries.size() == 120);
    for (std::uint64_t i = 0; i < 120; ++i) {
        CHECK(page.entries[i].seq == i + 2);
        CHECK((page.entries[i].kind == entry_kind::message) == (i % 2 == 0));
    }
    for (std::size_t i = 0; i < sent.size(); i += 7) {
        const auto plan = f.plan({.user = {"b"}, .start = 121, .last_seen = sent[i].to_string()});
        CHECK(plan.from == 2 * i + 3); // behind the message's own entry
    }
    CHECK(standing(f, "b", "room:r") == "60/0/60 59");
}
