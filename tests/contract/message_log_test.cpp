#include "tests/support/log_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace wsd;
using wsd::test::log_fixture;

#define EVERY_LOG GENERATE(as<std::string>{}, "memory", "sqlite")

namespace {

append_direct draft(std::string from, std::string to, std::string content, std::string client_id = "") {
    return {.sender = {std::move(from)},
            .recipient = {std::move(to)},
            .content = std::move(content),
            .client_message_id = std::move(client_id)};
}

} // namespace

TEST_CASE("a message gets the next place in the chat and in both logs") {
    log_fixture f(EVERY_LOG);
    for (std::uint64_t i = 1; i <= 5; ++i) {
        const auto sent = i % 2 == 1 ? f.send("alice", "bob") : f.send("bob", "alice");
        CHECK(sent.message->chat_seq == i);
        CHECK(sent.sender_seq == i);
        CHECK(sent.recipient_seq == i);
        CHECK(sent.message->chat.value == "dm:alice:bob");
        CHECK_FALSE(sent.duplicate);
        CHECK(sent.state == message_state::sent);
    }
    const auto other = f.send("carol", "bob");
    CHECK(other.message->chat_seq == 1);
    CHECK(other.sender_seq == 1);
    CHECK(other.recipient_seq == 6);
}

TEST_CASE("operations of one commit are applied in their order") {
    log_fixture f(EVERY_LOG);
    const auto outcomes = f.commit({draft("a", "b", "1"), draft("b", "a", "2"), confirm_up_to{{"b"}, {}, 1},
                                    draft("a", "b", "3"), open_user{.user = {"b"}, .device = {}, .pending = {}}});
    CHECK(std::get<appended>(outcomes[0]).message->chat_seq == 1);
    CHECK(std::get<appended>(outcomes[1]).message->chat_seq == 2);
    CHECK(std::get<confirmed>(outcomes[2]).changes.size() == 1);
    CHECK(std::get<appended>(outcomes[3]).recipient_seq == 3);
    CHECK(std::get<opened_user>(outcomes[4]).head == 3);
}

TEST_CASE("what was appended is what is read") {
    log_fixture f(EVERY_LOG);
    const std::string content = std::string("a\0b", 3) + "\xc3\xa9 \xf0\x9f\x98\x80";
    const auto sent = f.send("al:ice", "bob%", content, "c-1");
    for (const std::string user : {"al:ice", "bob%"}) {
        const auto page = f.page(user, 1, 1);
        REQUIRE(page.entries.size() == 1);
        const auto& entry = page.entries.front();
        CHECK(entry.seq == 1);
        CHECK(entry.kind == entry_kind::message);
        CHECK(entry.state == message_state::sent);
        REQUIRE(entry.message);
        CHECK(entry.message->id.to_string() == sent.message->id.to_string());
        CHECK(entry.message->chat.value == "dm:al%3Aice:bob%25");
        CHECK(entry.message->chat_seq == 1);
        CHECK(entry.message->sender.value == "al:ice");
        CHECK(entry.message->recipient.value == "bob%");
        CHECK(entry.message->room.empty());
        CHECK(entry.message->content == content);
        CHECK(entry.message->client_message_id == "c-1");
        CHECK(entry.message->sent_at == f.now);
        CHECK_FALSE(entry.message->edited_at.has_value());
        CHECK_FALSE(entry.message->deleted_at.has_value());
    }
}

TEST_CASE("ids ascend as strings and timestamps never go back, also when the clock does and across a reopen") {
    log_fixture f(EVERY_LOG);
    std::vector<std::string> ids;
    timestamp last = 0;
    for (const timestamp step : {0, 1, 0, -86'400'000, 5, -1, 0}) {
        f.now += step;
        const auto sent = f.send("a", "b");
        ids.push_back(sent.message->id.to_string());
        CHECK(sent.message->sent_at >= last);
        CHECK(sent.message->id.time_ms() == sent.message->sent_at);
        last = sent.message->sent_at;
        if (f.survives_reopen() && ids.size() == 4) f.reopen();
    }
    CHECK(std::is_sorted(ids.begin(), ids.end()));
    CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
}

TEST_CASE("a deletion before 1970 is one") {
    log_fixture f(EVERY_LOG);
    f.now = GENERATE(as<timestamp>{}, 0, -5);
    const auto id = f.send("a", "b", "text").message->id;
    REQUIRE(f.erase("a", id).status == mutation_status::changed);
    if (f.survives_reopen()) f.reopen();
    const auto page = f.page("b", 1, 1);
    CHECK(page.entries.at(0).message->content.empty());
    CHECK(page.entries.at(0).message->deleted_at.has_value());
}

TEST_CASE("numbers go on after a reopen") {
    log_fixture f(EVERY_LOG);
    if (!f.survives_reopen()) return;
    const auto epoch = f.log().identity().epoch;
    const auto first = f.send("a", "b");
    f.reopen();
    CHECK(f.log().identity().epoch == epoch);
    const auto second = f.send("b", "a");
    CHECK(second.message->chat_seq == 2);
    CHECK(second.sender_seq == 2);
    CHECK(second.recipient_seq == 2);
    CHECK(first.message->id.to_string() < second.message->id.to_string());
    CHECK(f.page("a", 1, 2).entries.size() == 2);
}

TEST_CASE("a message to nobody or to oneself is refused and takes no number") {
    log_fixture f(EVERY_LOG);
    CHECK(std::get<errc>(f.apply(draft("a", "a", "x"))) == errc::invalid);
    CHECK(std::get<errc>(f.apply(draft("", "a", "x"))) == errc::invalid);
    CHECK(std::get<errc>(f.apply(draft("a", "", "x"))) == errc::invalid);
    CHECK(f.send("a", "b").sender_seq == 1);
}

TEST_CASE("the same client id and content in a chat is stored once") {
    log_fixture f(EVERY_LOG);
    const auto first = f.send("a", "b", "hello", "c-1");
    static_cast<void>(f.send("b", "a", "between"));
    for (int round = 0; round < 2; ++round) {
        const auto again = f.send("a", "b", "hello", "c-1");
        CHECK(again.duplicate);
        CHECK(again.message->id.to_string() == first.message->id.to_string());
        CHECK(again.message->chat_seq == first.message->chat_seq);
        CHECK(again.message->sent_at == first.message->sent_at);
        CHECK(again.message->content == "hello");
        CHECK(again.sender_seq == first.sender_seq);
        CHECK(again.recipient_seq == first.recipient_seq);
        if (f.survives_reopen()) f.reopen();
    }
    CHECK(f.open("a").head == 2);
    CHECK(f.open("b").head == 2);
}

TEST_CASE("a repeat in the same commit is a duplicate, and tells the state of now") {
    log_fixture f(EVERY_LOG);
    const auto outcomes = f.commit({draft("a", "b", "x", "c"), confirm_up_to{{"b"}, {}, 1}, draft("a", "b", "x", "c")});
    const auto& again = std::get<appended>(outcomes[2]);
    CHECK(again.duplicate);
    CHECK(again.state == message_state::delivered);
}

TEST_CASE("a client id with other content is a conflict and stores nothing") {
    log_fixture f(EVERY_LOG);
    static_cast<void>(f.send("a", "b", "hello", "c-1"));
    CHECK(std::get<errc>(f.apply(draft("a", "b", "other", "c-1"))) == errc::conflict);
    CHECK(f.open("a").head == 1);
    CHECK(f.send("a", "b", "next").message->chat_seq == 2);
}

TEST_CASE("a client id in another chat or by another sender is another message") {
    log_fixture f(EVERY_LOG);
    const auto to_b = f.send("a", "b", "x", "c-1");
    const auto to_c = f.send("a", "c", "x", "c-1");
    const auto from_b = f.send("b", "a", "x", "c-1");
    CHECK_FALSE(to_c.duplicate);
    CHECK_FALSE(from_b.duplicate);
    CHECK(f.send("a", "b", "x", "c-1").message->id.to_string() == to_b.message->id.to_string());
    CHECK(f.send("a", "c", "x", "c-1").message->id.to_string() == to_c.message->id.to_string());
    CHECK(f.send("b", "a", "x", "c-1").message->id.to_string() == from_b.message->id.to_string());
}

TEST_CASE("nothing is deduplicated without a client id") {
    log_fixture f(EVERY_LOG);
    for (std::uint64_t i = 1; i <= 3; ++i) CHECK(f.send("a", "b", "same").message->chat_seq == i);
}

TEST_CASE("two users become contacts with the first message of the second") {
    log_fixture f(EVERY_LOG);
    CHECK_FALSE(f.send("a", "b").contacts);
    CHECK_FALSE(f.send("a", "b").contacts);
    const auto reply = f.send("b", "a");
    CHECK(reply.contacts);
    CHECK(reply.new_contacts);
    if (f.survives_reopen()) f.reopen();
    const auto next = f.send("a", "b");
    CHECK(next.contacts);
    CHECK_FALSE(next.new_contacts);

    static_cast<void>(f.send("c", "a"));
    static_cast<void>(f.send("a", "d"));
    static_cast<void>(f.send("d", "a"));
    auto contacts = f.reader().contacts({.user = {"a"}, .max = 10}).value().users;
    std::sort(contacts.begin(), contacts.end());
    REQUIRE(contacts.size() == 2);
    CHECK(contacts[0].value == "b");
    CHECK(contacts[1].value == "d");
    CHECK(f.reader().contacts({.user = {"a"}, .max = 1}).value().users.size() == 1);
    CHECK(f.reader().contacts({.user = {"c"}, .max = 10}).value().users.empty());
    CHECK(f.reader().contacts({.user = {"nobody"}, .max = 10}).value().users.empty());
}

TEST_CASE("the outcome of opening a user says how far the log has grown") {
    log_fixture f(EVERY_LOG);
    CHECK(f.open("a").head == 0);
    CHECK(f.open("a").floor == 1);
    static_cast<void>(f.send("a", "b"));
    static_cast<void>(f.send("b", "a"));
    CHECK(f.open("a").head == 2);
    CHECK(f.open("a").floor == 1);
    CHECK_FALSE(f.open("a").device_position.has_value());
}

TEST_CASE("pending client ids are answered in order, with the newest of several chats") {
    log_fixture f(EVERY_LOG);
    static_cast<void>(f.send("a", "b", "x", "one"));
    static_cast<void>(f.send("a", "b", "x", "two"));
    const auto newest = f.send("a", "c", "y", "two");
    static_cast<void>(f.send("b", "a", "x", "three"));
    static_cast<void>(f.deliver("c", newest.message->id));
    if (f.survives_reopen()) f.reopen();
    const auto pending = f.open("a", "", {"three", "two", "one"}).pending;
    REQUIRE(pending.size() == 3);
    CHECK(pending[0].client_message_id == "three");
    CHECK_FALSE(pending[0].message.has_value());
    REQUIRE(pending[1].message.has_value());
    CHECK(pending[1].message->id.to_string() == newest.message->id.to_string());
    CHECK(pending[1].message->chat.value == "dm:a:c");
    CHECK(pending[1].message->seq == 3);
    CHECK(pending[1].message->chat_seq == 1);
    CHECK(pending[1].message->state == message_state::delivered);
    REQUIRE(pending[2].message.has_value());
    CHECK(pending[2].message->seq == 1);
    CHECK(f.open("nobody", "", {"one"}).pending.size() == 1);
    for (const char* user : {"a", "nobody"}) {
        const auto repeated = f.open(user, "", {"one", "x", "one", "x"}).pending;
        REQUIRE(repeated.size() == 2);
        CHECK(repeated[0].client_message_id == "one");
        CHECK(repeated[1].client_message_id == "x");
    }
}
