#include "tests/support/room_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <atomic>
#include <chrono>
#include <stop_token>
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

    constexpr unsigned wanted = 500;
    std::atomic<unsigned> pages = 0;
    unsigned refused = 0, conversations = 0, without_last = 0;
    const auto reader = f.log().open_reader().value();
    std::jthread asking([&](const std::stop_token& over) {
        for (; !over.stop_requested() && pages < wanted; ++pages) {
            if (!reader->ask(history)) ++refused;
            const auto chats = reader->ask(chat_list_request{{"bob"}});
            if (!chats) continue;
            const auto page = reader->ask(conversations_request{{"bob"}, std::get<chat_list>(*chats).chats});
            if (!page) continue;
            for (const auto& each : std::get<conversation_page>(*page).conversations) {
                ++conversations;
                if (!each.last && each.head_chat_seq > 0) ++without_last;
            }
        }
    });
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (pages < wanted && std::chrono::steady_clock::now() < end) send();
    asking.request_stop();
    asking.join();
    CHECK(pages > 0);
    CHECK(conversations > 0);
    CHECK(refused == 0);
    CHECK(without_last == 0);
}
