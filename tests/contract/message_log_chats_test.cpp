#include "tests/support/log_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <string>
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
