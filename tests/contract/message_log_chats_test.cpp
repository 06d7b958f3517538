#include "tests/support/log_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace wsd;
using wsd::test::log_fixture;

#define EVERY_LOG GENERATE(as<std::string>{}, "memory", "sqlite")

namespace {

std::vector<std::string> names(const std::vector<conversation_state>& conversations) {
    std::vector<std::string> out;
    for (const auto& conversation : conversations) out.push_back(conversation.chat.value);
    return out;
}

} // namespace

TEST_CASE("a user's chats come by last activity, newest first, whoever wrote") {
    log_fixture f(EVERY_LOG);
    CHECK(f.conversations("bob").empty());
    static_cast<void>(f.send("alice", "bob"));
    static_cast<void>(f.send("bob", "carol"));
    static_cast<void>(f.send("dan", "bob"));
    static_cast<void>(f.send("alice", "dan"));
    static_cast<void>(f.send("bob", "alice", "newest"));
    const auto all = f.conversations("bob");
    CHECK(names(all) == std::vector<std::string>{"dm:alice:bob", "dm:bob:dan", "dm:bob:carol"});
    CHECK(all[0].head_chat_seq == 2);
    REQUIRE(all[0].last);
    CHECK(all[0].last->content == "newest");
    CHECK(f.conversations("nobody").empty());
    if (!f.survives_reopen()) return;
    f.reopen();
    CHECK(names(f.conversations("bob")) == names(all));
}

TEST_CASE("unread counts what others wrote above the read position") {
    log_fixture f(EVERY_LOG);
    std::vector<message_id> sent;
    for (int i = 0; i < 30; ++i) sent.push_back(f.send("alice", "bob").message->id); // chat_seq 1..30
    for (int i = 0; i < 5; ++i) static_cast<void>(f.send("bob", "alice"));           // 31..35
    for (int i = 0; i < 3; ++i) sent.push_back(f.send("alice", "bob").message->id);  // 36..38
    CHECK(f.conversations("bob").at(0).unread == 33);
    CHECK(f.conversations("alice").at(0).unread == 5);

    static_cast<void>(f.up_to("bob", 38));
    static_cast<void>(f.read("bob", sent[11]));
    auto bob = f.conversations("bob").at(0);
    CHECK(bob.read_chat_seq == 12);
    CHECK(bob.unread == 21);
    CHECK(bob.state == message_state::delivered);
    static_cast<void>(f.read("bob", sent.back()));
    bob = f.conversations("bob").at(0);
    CHECK(bob.read_chat_seq == 38);
    CHECK(bob.unread == 0);
    CHECK(bob.state == message_state::read);
    CHECK(f.conversations("alice").at(0).read_chat_seq == 0);
    CHECK(f.conversations("alice").at(0).unread == 5);
}

TEST_CASE("a page of conversations is bounded by bytes and has at least one") {
    log_fixture f(EVERY_LOG);
    for (const char* peer : {"a", "b", "c", "d"}) static_cast<void>(f.send(peer, "zoe", std::string(100, 'x')));
    conversations_request request{.user = {"zoe"}, .chats = f.chats("zoe").chats};
    const auto count = [&](std::size_t bytes) {
        request.max_bytes = bytes;
        return std::get<conversation_page>(f.reader().ask(request).value()).conversations.size();
    };
    CHECK(count(1000) == 4);
    CHECK(count(299) == 2);
    CHECK(count(1) == 1);
}

TEST_CASE("chats are the same while their indexes move from memory to the tables") {
    log_fixture f(EVERY_LOG);
    for (std::uint64_t i = 1; i <= 300; ++i) {
        static_cast<void>(f.send("alice", "bob", std::to_string(i)));
        if (i % 7 == 0) static_cast<void>(f.send("carol", "bob"));
        if (i % 20 != 0) continue;
        const auto all = f.conversations("bob");
        INFO(i);
        REQUIRE(all.size() == 2);
        const auto& alice = all[i % 7 == 0 ? 1 : 0];
        CHECK(alice.chat.value == "dm:alice:bob");
        CHECK(alice.head_chat_seq == i);
        CHECK(alice.unread == i);
        CHECK(alice.last->content == std::to_string(i));
    }
}

namespace {

history_page history(log_fixture& f, history_request request) {
    return std::get<history_page>(f.reader().ask(std::move(request)).value());
}

std::vector<std::uint64_t> numbers(const history_page& page) {
    std::vector<std::uint64_t> out;
    for (const auto& item : page.messages) out.push_back(item.message->chat_seq);
    return out;
}

std::vector<std::uint64_t> from_to(std::uint64_t from, std::uint64_t to) {
    std::vector<std::uint64_t> out;
    for (auto i = from; i <= to; ++i) out.push_back(i);
    return out;
}

sync_state sync(log_fixture& f, std::string user, std::string last_message = "", std::string last_read = "") {
    return std::get<sync_state>(
        f.reader().ask(sync_request{{std::move(user)}, std::move(last_message), std::move(last_read)}).value());
}

} // namespace

TEST_CASE("history: the newest, those below, those above, and whether there are more") {
    log_fixture f(EVERY_LOG);
    for (int i = 1; i <= 250; ++i) {
        static_cast<void>(i % 3 == 0 ? f.send("bob", "alice", std::to_string(i))
                                     : f.send("alice", "bob", std::to_string(i)));
        static_cast<void>(f.send("carol", "bob")); // somewhere in between
    }
    for (const char* user : {"alice", "bob"}) {
        history_request request{.user = {user}, .peer = {user == std::string("bob") ? "alice" : "bob"}, .limit = 50};
        auto page = history(f, request);
        CHECK(numbers(page) == from_to(201, 250));
        CHECK(page.messages[0].message->content == "201");
        CHECK(page.has_more);
        request.before = 51;
        page = history(f, request);
        CHECK(numbers(page) == from_to(1, 50));
        CHECK_FALSE(page.has_more);
        request.before = 1;
        CHECK(numbers(history(f, request)).empty());
        CHECK_FALSE(history(f, request).has_more);
        request.before = 1000;
        CHECK(numbers(history(f, request)) == from_to(201, 250));
        request.before.reset();
        request.after = 199;
        page = history(f, request);
        CHECK(numbers(page) == from_to(200, 249));
        CHECK(page.has_more);
        request.after = 200;
        CHECK(numbers(history(f, request)) == from_to(201, 250));
        CHECK_FALSE(history(f, request).has_more);
        request.after = 250;
        CHECK(numbers(history(f, request)).empty());
        request.after = std::uint64_t{1} << 60;
        CHECK(numbers(history(f, request)).empty());
    }
    CHECK(history(f, {.user = {"alice"}, .peer = {"carol"}}).messages.empty());
    CHECK(history(f, {.user = {"nobody"}, .peer = {"bob"}}).messages.empty());
}

TEST_CASE("history is bounded by bytes and has at least one message, at the end that was asked for") {
    log_fixture f(EVERY_LOG);
    for (int i = 0; i < 10; ++i) static_cast<void>(f.send("alice", "bob", std::string(100, 'x')));
    history_request request{.user = {"bob"}, .peer = {"alice"}, .max_bytes = 350};
    CHECK(numbers(history(f, request)) == from_to(8, 10));
    CHECK(history(f, request).has_more);
    request.after = 0;
    CHECK(numbers(history(f, request)) == from_to(1, 3));
    request.max_bytes = 1;
    CHECK(numbers(history(f, request)) == from_to(1, 1));
}

TEST_CASE("history shows changed messages as they are and outlives the log") {
    log_fixture f(EVERY_LOG, {.entries_max = 10});
    std::vector<message_id> sent;
    for (int i = 0; i < 30; ++i) sent.push_back(f.send("alice", "bob", "old").message->id);
    static_cast<void>(f.deliver("bob", sent[0]));
    static_cast<void>(f.edit("alice", sent[0], "new"));
    static_cast<void>(f.erase("alice", sent[1]));
    static_cast<void>(f.trim());
    const auto page = history(f, {.user = {"bob"}, .peer = {"alice"}, .after = 0, .limit = 2});
    REQUIRE(page.messages.size() == 2);
    CHECK(page.messages[0].message->content == "new");
    CHECK(page.messages[0].state == message_state::delivered);
    CHECK(page.messages[1].message->deleted_at.has_value());
    CHECK(page.messages[1].message->content.empty());
}

TEST_CASE("a state sync tells what became of the messages in the user's log") {
    log_fixture f(EVERY_LOG);
    std::vector<message_id> sent;
    for (int i = 0; i < 6; ++i) sent.push_back(f.send("alice", "bob").message->id);
    static_cast<void>(f.send("bob", "alice"));
    for (const int i : {0, 1, 2, 4}) static_cast<void>(f.deliver("bob", sent[static_cast<std::size_t>(i)]));
    for (const int i : {0, 2}) static_cast<void>(f.read("bob", sent[static_cast<std::size_t>(i)]));
    auto state = sync(f, "bob");
    CHECK(state.head == 7);
    CHECK(state.floor == 1);
    CHECK(state.undelivered == 2);
    CHECK(state.delivered == std::vector{sent[1], sent[4]});
    CHECK(state.read == std::vector{sent[0], sent[2]});
    state = sync(f, "bob", sent[3].to_string(), sent[0].to_string());
    CHECK(state.undelivered == 1);
    CHECK(state.delivered == std::vector{sent[4]});
    CHECK(state.read == std::vector{sent[2]});
    CHECK(sync(f, "bob", "msg_1").unknown == "msg_1");
    CHECK(sync(f, "bob", sent[0].to_string(), "msg_2").unknown == "msg_2");
    CHECK(sync(f, "carol", sent[0].to_string()).unknown == sent[0].to_string());
    CHECK(sync(f, "carol").head == 0);
}

TEST_CASE("a state sync names the newest thousand") {
    log_fixture f(EVERY_LOG);
    std::vector<message_id> sent;
    for (int i = 0; i < 1010; ++i) sent.push_back(f.send("alice", "bob").message->id);
    CHECK(sync(f, "bob").undelivered == 1000);
    static_cast<void>(f.up_to("bob", 1005));
    const auto state = sync(f, "bob");
    CHECK(state.undelivered == 5);
    REQUIRE(state.delivered.size() == 1000);
    CHECK(state.delivered.front() == sent[5]);
    CHECK(state.delivered.back() == sent[1004]);
}
