#include "tests/support/room_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <variant>

using namespace wsd;
using wsd::test::room_fixture;

TEST_CASE("who asks for a chat while messages are committed to it gets all that it lists", "[room]") {
    room_fixture f(GENERATE(as<std::string>{}, "memory", "sqlite"));
    (void)f.create("ann", "r", {"bob"});
    const bool room = GENERATE(false, true);
    const auto send = [&] { room ? (void)f.post("ann", "r", "x") : (void)f.send("ann", "bob", "x"); };
    send();
    history_request history{.user = {"bob"}, .limit = 20};
    (room ? history.room.value : history.peer.value) = room ? "r" : "ann";

    struct {
        unsigned pages = 0, refused = 0, conversations = 0, without_last = 0;
    } seen;
    std::atomic<bool> over = false;
    const auto reader = f.log().open_reader().value();
    std::thread asking([&] {
        while (!over) {
            ++seen.pages;
            if (!reader->ask(history)) ++seen.refused;
            const auto chats = reader->ask(chat_list_request{{"bob"}});
            if (!chats) continue;
            const auto page = reader->ask(conversations_request{{"bob"}, std::get<chat_list>(*chats).chats});
            if (!page) continue;
            for (const auto& each : std::get<conversation_page>(*page).conversations) {
                ++seen.conversations;
                if (!each.last && each.head_chat_seq > 0) ++seen.without_last;
            }
        }
    });
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
    while (std::chrono::steady_clock::now() < end) send();
    over = true;
    asking.join();
    CHECK(seen.pages > 20);
    CHECK(seen.conversations > 20);
    CHECK(seen.refused == 0);
    CHECK(seen.without_last == 0);
}
