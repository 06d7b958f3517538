#include "tests/support/log_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

using namespace wsd;
using wsd::test::log_fixture;

#define EVERY_LOG GENERATE(as<std::string>{}, "memory", "sqlite")

namespace {

using words = std::vector<std::string>;

// `5 message one`, `6 edit two`, `7 deletion`: the content is that of the message as it is shown.
words words_of(const std::vector<log_entry>& entries) {
    words out;
    for (const log_entry& entry : entries) {
        const bool deleted = entry.message->deleted_at.has_value();
        const bool message = entry.kind == entry_kind::message && !deleted;
        out.push_back(std::to_string(entry.seq) +
                      (deleted   ? " gone"
                       : message ? " message "
                                 : " edit ") +
                      entry.message->content);
    }
    return out;
}

} // namespace

TEST_CASE("an edit changes the message in place and is an entry of both logs") {
    log_fixture f(EVERY_LOG);
    const auto sent = f.send("alice", "bob", "one");
    static_cast<void>(f.send("carol", "bob"));
    f.now += 5;
    const auto done = f.edit("alice", sent.message->id, "two");
    CHECK(done.status == mutation_status::changed);
    CHECK(done.author_seq == 2);
    CHECK(done.recipient_seq == 3);
    CHECK(done.at == f.now);
    REQUIRE(done.message);
    CHECK(done.message->content == "two");
    CHECK(done.message->edited_at == f.now);
    CHECK(done.message->id == sent.message->id);
    CHECK(done.message->chat_seq == 1);
    for (int round = 0; round < 2; ++round) {
        CHECK(words_of(f.page("bob", 1, 3).entries) == words{"1 message two", "2 message hi", "3 edit two"});
        CHECK(words_of(f.page("alice", 1, 2).entries) == words{"1 message two", "2 edit two"});
        CHECK(f.page("bob", 3, 3).entries[0].at == done.at);
        CHECK(f.page("bob", 1, 1).entries[0].message->edited_at == done.at);
        if (f.survives_reopen()) f.reopen();
    }
    CHECK(f.send("bob", "alice").message->chat_seq == 2); // an edit has no place in the chat
    CHECK(f.open("bob").head == 4);
}

TEST_CASE("a deleted message has no content anywhere") {
    log_fixture f(EVERY_LOG);
    const auto sent = f.send("alice", "bob", "secret", "c");
    const auto first = f.now += 5;
    CHECK(f.erase("alice", sent.message->id).status == mutation_status::changed);
    f.now += 5;
    const auto again = f.erase("alice", sent.message->id);
    CHECK(again.status == mutation_status::already);
    CHECK(again.message->deleted_at == first);
    CHECK(f.open("alice").head == 2);
    if (f.survives_reopen()) f.reopen();
    CHECK(words_of(f.page("bob", 1, 2).entries) == words{"1 gone", "2 gone"});
    CHECK(f.conversations("bob").at(0).last->content.empty());
    CHECK(f.conversations("bob").at(0).last->deleted_at == first);
    CHECK(f.edit("alice", sent.message->id, "x").status == mutation_status::not_found);
    CHECK(f.deliver("bob", sent.message->id).status == confirm_status::changed); // receipts work
}

TEST_CASE("who may change a message, and which") {
    log_fixture f(EVERY_LOG);
    const auto sent = f.send("alice", "bob", "one");
    static_cast<void>(f.send("alice", "carol"));
    auto unknown = sent.message->id;
    unknown.low += 1000;
    static_cast<void>(f.edit("alice", sent.message->id, "two"));
    auto of_edit = sent.message->id; // the third thing that the store has numbered, at the same time
    of_edit.low += 2;
    for (const bool deletion : {false, true}) {
        const auto change = [&](std::string user, const message_id& id) {
            return deletion ? f.erase(std::move(user), id).status : f.edit(std::move(user), id, "x").status;
        };
        CHECK(change("bob", sent.message->id) == mutation_status::forbidden);
        CHECK(change("carol", sent.message->id) == mutation_status::not_found);
        CHECK(change("nobody", sent.message->id) == mutation_status::not_found);
        CHECK(change("alice", unknown) == mutation_status::not_found);
        CHECK(change("alice", of_edit) == mutation_status::not_found); // an edit is no message
    }
    CHECK(f.edit("alice", sent.message->id, "two").status == mutation_status::already);
    // Who has no right to edit is told so whatever the new content.
    CHECK(f.edit("bob", sent.message->id, " ").status == mutation_status::forbidden);
    CHECK(f.edit("carol", sent.message->id, " ").status == mutation_status::not_found);
    CHECK(f.edit("alice", sent.message->id, " \n").status == mutation_status::blank);
    CHECK(f.edit("alice", sent.message->id, "one").status == mutation_status::changed); // back to what it was
    CHECK(f.open("alice").head == 4);
}

TEST_CASE("a repeated send is one of what was first sent, whatever became of it") {
    log_fixture f(EVERY_LOG);
    const auto sent = f.send("alice", "bob", "one", "c");
    static_cast<void>(f.edit("alice", sent.message->id, "two"));
    static_cast<void>(f.edit("alice", sent.message->id, "three"));
    for (int round = 0; round < 2; ++round) {
        const auto again = f.send("alice", "bob", "one", "c");
        CHECK(again.duplicate);
        CHECK(again.message->id == sent.message->id);
        for (const char* other : {"two", "three", ""})
            CHECK(std::get<errc>(f.apply(append_direct{{"alice"}, {"bob"}, other, "c"})) == errc::conflict);
        static_cast<void>(f.erase("alice", sent.message->id));
        if (f.survives_reopen()) f.reopen();
    }
}

TEST_CASE("a replay shows an edit only when nothing else in it shows the message") {
    log_fixture f(EVERY_LOG);
    const auto a = f.send("alice", "bob", "a").message->id; // 1
    const auto b = f.send("alice", "bob", "b").message->id; // 2
    static_cast<void>(f.edit("alice", a, "a1"));            // 3
    static_cast<void>(f.edit("alice", a, "a2"));            // 4
    static_cast<void>(f.erase("alice", b));                 // 5
    static_cast<void>(f.edit("alice", a, "a3"));            // 6
    static_cast<void>(f.send("alice", "bob", "c"));         // 7
    CHECK(words_of(f.replay("bob", 1, 7)) == words{"1 message a3", "2 gone", "7 message c"});
    CHECK(words_of(f.replay("bob", 2, 7)) == words{"2 gone", "6 edit a3", "7 message c"});
    CHECK(words_of(f.replay("bob", 3, 7)) == words{"5 gone", "6 edit a3", "7 message c"});
    CHECK(words_of(f.replay("bob", 3, 5)) == words{"4 edit a3", "5 gone"}); // 6 is in the next one
    CHECK(words_of(f.replay("bob", 3, 3)) == words{"3 edit a3"});
    CHECK(words_of(f.replay("bob", 7, 7)) == words{"7 message c"});
    CHECK(f.page("bob", 1, 7).entries.size() == 7); // live delivery shows all
    for (const auto& entry : f.page("bob", 1, 7).entries) CHECK(entry.shown);
}

TEST_CASE("a replay behind a gap shows the edit of a message that is in the gap") {
    log_fixture f(EVERY_LOG, {.entries_max = 10});
    const auto lost = f.send("alice", "bob", "lost").message->id; // 1
    const auto kept = f.send("alice", "bob", "kept").message->id; // 2
    for (int i = 3; i <= 7; ++i) static_cast<void>(f.send("alice", "bob", "x"));
    static_cast<void>(f.edit("alice", lost, "edited")); // 8
    static_cast<void>(f.edit("alice", kept, "edited")); // 9
    for (int i = 10; i <= 11; ++i) static_cast<void>(f.send("alice", "bob", "x"));
    const page_request request{.user = {"bob"}, .from = 2, .to = 11, .max_entries = 100, .replayed_from = 1};
    const auto page = f.reader().read_page(request).value();
    REQUIRE(page.floor == 2);
    REQUIRE(page.entries.size() == 10);
    CHECK(page.entries.at(6).shown);
    CHECK_FALSE(page.entries.at(7).shown);
}

TEST_CASE("deleted messages are not unread") {
    log_fixture f(EVERY_LOG);
    std::vector<message_id> sent;
    for (int i = 0; i < 5; ++i) sent.push_back(f.send("alice", "bob").message->id);
    static_cast<void>(f.send("bob", "alice"));
    static_cast<void>(f.up_to("bob", 5));
    static_cast<void>(f.read("bob", sent[1]));
    static_cast<void>(f.erase("alice", sent[0])); // read already
    CHECK(f.conversations("bob").at(0).unread == 3);
    static_cast<void>(f.erase("alice", sent[3]));
    static_cast<void>(f.erase("alice", sent[3]));
    CHECK(f.conversations("bob").at(0).unread == 2);
    CHECK(f.conversations("alice").at(0).unread == 1);
}

TEST_CASE("edits keep their places while their entries move to the tables, and over a new start") {
    log_fixture f(EVERY_LOG);
    std::vector<message_id> sent;
    for (int i = 0; i < 60; ++i) {
        sent.push_back(f.send("alice", "bob", std::to_string(i)).message->id);
        static_cast<void>(f.edit("alice", sent[sent.size() / 2], "edited " + std::to_string(i)));
        if (i % 20 == 19 && f.survives_reopen()) f.reopen();
    }
    const auto page = f.page("bob", 1, 120);
    REQUIRE(page.entries.size() == 120);
    for (std::uint64_t i = 0; i < 120; ++i) {
        CHECK(page.entries[i].seq == i + 1);
        CHECK((page.entries[i].kind == entry_kind::message) == (i % 2 == 0));
    }
    CHECK(f.conversations("bob").at(0).head_chat_seq == 60);
    CHECK(f.conversations("bob").at(0).unread == 60);
}

TEST_CASE("what was edited is not to be delivered") {
    log_fixture f(EVERY_LOG);
    const auto sent = f.send("alice", "bob").message->id;
    static_cast<void>(f.edit("alice", sent, "x"));
    CHECK(f.plan_default("bob").from == 1);
    static_cast<void>(f.deliver("bob", sent));
    CHECK(f.plan_default("bob").from == 3);
    CHECK(f.up_to("bob", 2).changes.empty());
}
