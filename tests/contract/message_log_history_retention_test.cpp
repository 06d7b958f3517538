#include "server/storage/sqlite_connection.hpp"
#include "tests/support/room_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace wsd;
using wsd::test::room_fixture;
using lines = std::vector<std::string>;

#define EVERY_LOG GENERATE(as<std::string>{}, "memory", "sqlite")

namespace {

constexpr timestamp day = 86'400'000;
constexpr log_retention two_days{.age_max_ms = day, .history_max_ms = 2 * day};

lines texts(room_fixture& f, history_request request) {
    lines out;
    const auto page = std::get<history_page>(f.reader().ask(std::move(request)).value());
    if (!page.found) return {"nothing"};
    for (const auto& item : page.messages)
        out.push_back(std::to_string(item.message->chat_seq) + " " + item.message->content);
    if (page.has_more) out.push_back("more");
    return out;
}

// Rounds enough for everything to go that a test has.
void trim_all(room_fixture& f) {
    for (int round = 0; round < 20; ++round) (void)f.trim();
}

void reopen(room_fixture& f) {
    if (f.survives_reopen()) f.reopen();
}

} // namespace

TEST_CASE("a message older than messages are kept is as if it had never been", "[room]") {
    room_fixture f(EVERY_LOG, two_days);
    const auto direct = f.send("a", "b", "old", "k").message->id;
    const auto young_direct = [&] { return f.send("a", "b", "young", "k2"); };
    (void)f.create("a", "r", {"b"});
    const auto post = f.post("a", "r", "old", "k").message->id;
    (void)f.deliver("b", direct);
    f.now += 2 * day;
    const auto young = young_direct().message->id;
    (void)f.post("a", "r", "young", "k2");
    trim_all(f); // two days old, not older
    CHECK(texts(f, {.user = {"b"}, .peer = {"a"}}) == lines{"1 old", "2 young"});
    CHECK(texts(f, {.user = {"b"}, .room = {"r"}}) == lines{"1 old", "2 young"});
    f.now += 1;
    trim_all(f);
    for (int round = 0; round < 2; ++round) {
        CHECK(texts(f, {.user = {"b"}, .peer = {"a"}}) == lines{"2 young"});
        CHECK(texts(f, {.user = {"b"}, .room = {"r"}}) == lines{"2 young"});
        CHECK(texts(f, {.user = {"b"}, .room = {"r"}, .before = 2}).empty());
        for (const auto& id : {direct, post}) {
            CHECK(f.deliver("b", id).status == confirm_status::not_found);
            CHECK(f.edit("a", id, "x").status == mutation_status::not_found);
            CHECK(f.erase("a", id).status == mutation_status::not_found);
            CHECK(f.plan({.user = {"b"}, .start = 4, .last_seen = id.to_string()}).reason ==
                  resume_reason::unknown_message_id);
        }
        CHECK(f.deliver("b", young).status == (round == 0 ? confirm_status::changed : confirm_status::already));
        const auto opened = f.open("a", "", {"k", "k2"});
        CHECK_FALSE(opened.pending[0].message);
        CHECK(opened.pending[1].message);
        for (const auto& each : f.conversations("b")) {
            CHECK(each.head_chat_seq == 2);
            CHECK(each.unread == 1);
            CHECK(each.last->content == "young");
        }
        CHECK(f.show("r") == "2 a:3 b:1 "); // the room stays, and who is in it
        reopen(f);
    }
    CHECK(young_direct().duplicate);
    const auto again = f.send("a", "b", "other", "k"); // the key is free
    CHECK_FALSE(again.duplicate);
    CHECK(again.message->chat_seq == 3); // numbers are not
    const auto post_again = f.post("a", "r", "other", "k");
    CHECK_FALSE(post_again.duplicate);
    CHECK(post_again.message->chat_seq == 3);
}

TEST_CASE("when everything was removed, numbers go on where they were", "[room]") {
    room_fixture f(EVERY_LOG, {.age_max_ms = day, .history_max_ms = 2 * day, .portion_max = 100});
    (void)f.create("a", "r", {"b"});
    for (int i = 0; i < 300; ++i) {
        (void)f.send("a", "b", std::to_string(i), std::to_string(i));
        (void)f.post("b", "r", std::to_string(i), std::to_string(i));
    }
    const auto last = f.send("b", "a").message->id;
    f.now += 5 * day;
    trim_all(f);
    for (int round = 0; round < 2; ++round) {
        CHECK(texts(f, {.user = {"b"}, .peer = {"a"}}).empty());
        CHECK(texts(f, {.user = {"b"}, .room = {"r"}}).empty());
        CHECK(texts(f, {.user = {"b"}, .room = {"r"}, .after = 0}).empty());
        const auto opened = f.open("b");
        CHECK(opened.head == 602);
        CHECK(opened.floor == 603);
        const auto conversations = f.conversations("b");
        REQUIRE(conversations.size() == 1); // a direct chat without messages is none
        CHECK(conversations[0].chat.value == "room:r");
        CHECK(conversations[0].head_chat_seq == 300);
        CHECK(conversations[0].unread == 0);
        CHECK_FALSE(conversations[0].last);
        reopen(f);
    }
    f.now -= 10 * day; // a clock that steps back
    const auto next = f.send("a", "b", "next");
    CHECK(next.message->id > last);
    CHECK(next.message->chat_seq == 302);
    CHECK(next.recipient_seq == 603);
    CHECK(f.post("a", "r", "next").message->chat_seq == 301);
    reopen(f);
    CHECK(f.show_log("a").back() == "301 a: next");
    CHECK(texts(f, {.user = {"b"}, .peer = {"a"}}) == lines{"302 next"});
    CHECK(texts(f, {.user = {"b"}, .room = {"r"}}) == lines{"301 next"});
}

TEST_CASE("who resumes is told of a gap also when messages are kept no longer than logs") {
    room_fixture f(EVERY_LOG, {.age_max_ms = day, .history_max_ms = day});
    for (int i = 0; i < 8; ++i) (void)f.send("u" + std::to_string(2 * i), "u" + std::to_string(2 * i + 1));
    (void)f.send("ann", "bob");
    f.now += 2 * day;
    (void)f.send("carl", "dora");
    (void)f.send("ann", "bob");
    for (int round = 0; round < 20; ++round) (void)f.apply(trim_logs{.users_max = 2});
    const auto plan = f.plan({.user = {"bob"}, .start = 2, .epoch = f.log().identity().epoch, .seq = 0});
    CHECK(plan.mode == resume_mode::partial);
    CHECK(plan.gap_to == 1);
    CHECK(plan.count == 1);
}

TEST_CASE("messages go on to be removed after a start, though no other comes") {
    room_fixture f(EVERY_LOG, {.age_max_ms = day, .history_max_ms = day, .portion_max = 2});
    for (int i = 0; i < 20; ++i) (void)f.send("ann", "bob");
    f.now += 2 * day;
    for (int round = 0; round < 3; ++round) (void)f.trim();
    if (f.survives_reopen()) f.reopen();
    for (int round = 0; round < 20; ++round) (void)f.trim();
    const auto chats = f.chats("bob").chats;
    CHECK(chats.empty());
    if (f.survives_reopen())
        CHECK(sqlite_connection({.path = f.file("wsd.db"), .read_only = true})
                  .query_integer("SELECT count(*) FROM messages") == 0);
}

TEST_CASE("messages go in portions, while others are sent and the log is opened anew", "[room]") {
    room_fixture f(EVERY_LOG, {.age_max_ms = day, .history_max_ms = 2 * day, .portion_max = 7});
    (void)f.create("a", "r", {"b"});
    const auto write = [&f](int from, int to) {
        for (int i = from; i < to; ++i) {
            (void)f.send("a", "b", std::to_string(i));
            (void)f.post("b", "r", std::to_string(i));
        }
    };
    write(0, 150);
    f.now += 3 * day;
    for (int i = 150; i < 250; ++i) {
        write(i, i + 1);
        (void)f.trim();
        if (i % 20 == 19) reopen(f);
        const auto seen = std::get<history_page>(f.reader().ask(history_request{.user = {"b"}, .room = {"r"}}).value());
        REQUIRE_FALSE(seen.messages.empty());
        CHECK(seen.messages.back().message->content == std::to_string(i));
        // Numbers without a hole, whatever has gone.
        CHECK(seen.messages.front().message->chat_seq + seen.messages.size() ==
              seen.messages.back().message->chat_seq + 1);
    }
    const auto left = texts(f, {.user = {"a"}, .room = {"r"}, .after = 0, .limit = 200});
    CHECK(left.size() == 100);
    CHECK(left.front() == "151 150");
    CHECK(texts(f, {.user = {"a"}, .peer = {"b"}, .before = 153}) == lines{"151 150", "152 151"});
    const auto head = f.open("b").head;
    CHECK(f.page("b", head - 99, head).entries.size() == 100);
    for (const auto& entry : f.page("b", head - 99, head).entries) CHECK_FALSE(entry.hidden);
}

TEST_CASE("an entry about a message that was removed has nothing to show", "[room]") {
    room_fixture f(EVERY_LOG, two_days);
    (void)f.create("a", "r", {"b"});                         // 1
    const auto post = f.post("a", "r", "old").message->id;   // 2
    const auto direct = f.send("a", "b", "old").message->id; // 3
    f.now += 2 * day - 1;
    (void)f.edit("a", post, "edited");   // 4
    (void)f.edit("a", direct, "edited"); // 5
    f.now += 2;
    trim_all(f);
    (void)f.post("a", "r", "young"); // 6
    for (int round = 0; round < 2; ++round) {
        CHECK(f.open("b").floor == 4);
        const auto page = f.page("b", 4, 6);
        REQUIRE(page.entries.size() == 3);
        CHECK(page.entries[0].hidden);
        CHECK(page.entries[1].hidden);
        CHECK(page.entries[1].seq == 5);
        CHECK(f.show(page.entries[2]) == "2 a: young");
        CHECK(f.plan_default("b").from == 6); // and waits for no receipt
        CHECK(std::get<sync_state>(
                  f.reader().ask(sync_request{.user = {"b"}, .last_message = {}, .last_read = {}}).value())
                  .undelivered == 1);
        reopen(f);
    }
}

TEST_CASE("without a limit messages stay when logs are trimmed", "[room]") {
    room_fixture f(EVERY_LOG, {.age_max_ms = day});
    (void)f.create("a", "r", {"b"});
    (void)f.send("a", "b", "old");
    (void)f.post("a", "r", "old");
    f.now += 1000 * day;
    trim_all(f);
    CHECK(f.open("b").floor == 4);
    CHECK(texts(f, {.user = {"b"}, .peer = {"a"}}) == lines{"1 old"});
    CHECK(texts(f, {.user = {"b"}, .room = {"r"}}) == lines{"1 old"});
}

TEST_CASE("the messages of a room that has ended are emptied in portions, and nobody sees them meanwhile", "[room]") {
    room_fixture f(EVERY_LOG, {.portion_max = 30});
    (void)f.create("a", "r", {"b"});
    for (int i = 0; i < 100; ++i) (void)f.post("a", "r", "secret", "k" + std::to_string(i));
    (void)f.erase("a", "r");
    const auto empty = [&f] {
        int count = 0;
        for (const auto& entry : f.page("b", 2, 101).entries) {
            CHECK(entry.hidden);
            if (entry.message->content.empty()) ++count;
        }
        return count;
    };
    CHECK(empty() == 0);
    (void)f.trim();
    reopen(f);
    CHECK(empty() == 30);
    CHECK(texts(f, {.user = {"a"}, .room = {"r"}}) == lines{"nothing"});
    const auto opened = f.open("a", "", {"k99"});
    CHECK_FALSE(opened.pending[0].message);

    (void)f.join("b", "r"); // the next room of that id, before all of the first is gone
    CHECK(texts(f, {.user = {"b"}, .room = {"r"}}).empty());
    const auto reused = f.post("b", "r", "hello", "k99");
    CHECK_FALSE(reused.duplicate);
    CHECK(reused.message->chat_seq == 101);
    (void)f.add("b", "r", {"a"});
    CHECK_FALSE(f.post("a", "r", "hello", "k99").duplicate);
    CHECK(f.post("a", "r", "hello", "k99").duplicate);
    (void)f.trim();
    CHECK(empty() == 60);
    (void)f.erase("b", "r");
    for (int round = 0; round < 2; ++round) {
        (void)f.trim();
        reopen(f);
    }
    CHECK(empty() == 100);
    CHECK(f.page("b", 103, 104).entries.size() == 2);
    for (const auto& entry : f.page("b", 104, 105).entries) CHECK((entry.hidden && entry.message->content.empty()));
}

TEST_CASE("ended rooms and old messages go by each other", "[room]") {
    room_fixture f(EVERY_LOG, two_days);
    (void)f.create("a", "r", {"b"});
    for (int i = 0; i < 250; ++i) (void)f.post("a", "r", "secret");
    f.now += 3 * day;
    (void)f.post("a", "r", "young secret");
    (void)f.erase("a", "r");
    trim_all(f);
    (void)f.join("a", "r");
    CHECK(f.post("a", "r", "next").message->chat_seq == 252);
    reopen(f);
    CHECK(texts(f, {.user = {"a"}, .room = {"r"}}) == lines{"252 next"});
    for (const auto& entry : f.page("a", 252, 254).entries) CHECK(entry.message->content != "young secret");
}
