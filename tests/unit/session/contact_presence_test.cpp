#include "tests/support/shard_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace wsd;
using namespace wsd::test;

namespace {

// More than the reader gives at once, and more than a snapshot shows.
constexpr int many = 5001;
constexpr milliseconds presence_interval{250};

std::string name_of(int contact) { return "user-" + std::to_string(contact); }

shard_fixture::surroundings with_presence() {
    shard_fixture::surroundings around;
    around.presence = true;
    return around;
}

// Each of them and bot have written to each other, some before bot was known to the log.
void write_contacts(shard_fixture& server) {
    std::vector<log_operation> messages;
    for (int i = 0; i < many; ++i) {
        messages.emplace_back(append_direct{{name_of(i)}, {i < many / 2 ? "other" : "bot"}, "hi", {}});
        if (i >= many / 2) messages.emplace_back(append_direct{{"bot"}, {name_of(i)}, "hi", {}});
    }
    for (int i = 0; i < many / 2; ++i) {
        messages.emplace_back(append_direct{{name_of(i)}, {"bot"}, "hi", {}});
        messages.emplace_back(append_direct{{"bot"}, {name_of(i)}, "hi", {}});
    }
    std::vector<log_outcome> outcomes(messages.size());
    REQUIRE(server.disk.commit(messages, outcomes, server.time.wall_ms()).has_value());
}

struct view {
    std::vector<std::string> users{};
    bool truncated = false;
    bool operator==(const view&) const = default;
};
// What the user's first snapshot shows.
view shown(const client& who) {
    view found;
    for (const auto& frame : who.take()) {
        if (frame.at("type") != "PRESENCE_SNAPSHOT") continue;
        for (const auto& each : frame.at("users").as_object()) found.users.emplace_back(each.key());
        found.truncated = frame.contains("truncated");
    }
    return found;
}

// `bot online`, in the order in which they came.
std::vector<std::string> news(const client& who) {
    std::vector<std::string> told;
    for (const auto& frame : who.take())
        if (frame.at("type") == "PRESENCE_UPDATE")
            told.push_back(std::string(frame.at("userId").as_string()) + " " +
                           std::string(frame.at("status").as_string()));
    return told;
}

using words = std::vector<std::string>;

} // namespace

TEST_CASE("whoever of very many contacts is online is shown and is told", "[session]") {
    shard_fixture server(with_presence());
    write_contacts(server);
    for (const int contact : {0, many / 2 - 1, many / 2, many - 1}) {
        const std::string name = name_of(contact);
        CAPTURE(name);
        const client peer = server.live(name, "");
        server.advance(presence_interval);
        const client bot = server.connect("bot");
        bot.send_hello();
        server.settle();
        CHECK(shown(bot) == view{.users = {name}});
        server.advance(presence_interval);
        CHECK(news(peer) == words{"bot online"});
        CHECK(news(bot).empty());
        bot.wire().send_close(1000);
        server.settle();
        server.advance(presence_interval);
        CHECK(news(peer) == words{"bot offline"});
        peer.wire().send_close(1000);
        server.settle();
        server.advance(presence_interval);
    }
}

TEST_CASE("who goes while its contacts are read, and comes again, is shown all of them", "[session]") {
    shard_fixture server(with_presence());
    write_contacts(server);
    const client first = server.live(name_of(0), "");
    const client last = server.live(name_of(many - 1), "");
    server.advance(presence_interval);
    const client gone = server.connect("bot");
    server.step_shard();
    REQUIRE(server.reader.run_once()); // the first of many pages
    server.step_shard();
    gone.wire().send_close(1000);
    server.step_shard();
    server.advance(presence_interval); // it is forgotten, and the rest of the pages is for nobody
    CHECK(news(first).empty());
    const client bot = server.connect("bot");
    const client tab = server.connect("bot");
    bot.send_hello();
    tab.send_hello();
    server.settle();
    const view both{.users = {name_of(0), name_of(many - 1)}};
    view seen = shown(bot);
    std::sort(seen.users.begin(), seen.users.end());
    CHECK(seen == both);
    seen = shown(tab);
    std::sort(seen.users.begin(), seen.users.end());
    CHECK(seen == both);
    server.advance(presence_interval);
    CHECK(news(first) == words{"bot online"});
    CHECK(news(last) == words{"bot online"});
}
