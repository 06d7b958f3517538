#include "common/state/commit_router.hpp"

#include <catch_amalgamated.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace wsd;

namespace {

struct delivery {
    std::uint16_t shard;
    store_batch batch;
};

// A router with what it hands out.
struct fixture {
    explicit fixture(std::uint16_t shards = 3, std::size_t max_attached = 100) : router(shards, max_attached) {}

    void add(std::uint16_t shard, log_operation operation) {
        router.add({.ticket = ticket(shard), .command = std::move(operation)});
    }
    void close(const std::string& user) { router.add({.ticket = ticket(0), .command = close_user{{user}}}); }
    void open(const std::string& user, std::uint16_t shard) {
        add(shard, open_user{.user = {user}, .device = {}, .pending = {}});
        router.outcomes().back() = opened_user{};
    }
    appended message(std::uint64_t sender_seq, std::uint64_t recipient_seq) {
        auto record = std::make_shared<message_record>();
        record->id = message_id::make(1, 1, ++offset);
        return {.message = record, .sender_seq = sender_seq, .recipient_seq = recipient_seq};
    }
    void append(const std::string& from, const std::string& to, std::uint16_t shard, const appended& outcome) {
        add(shard, append_direct{{from}, {to}, "x", {}});
        router.outcomes().back() = outcome;
    }
    store_ticket ticket(std::uint16_t shard) { return {.connection = {.shard = shard}, .request = ++requests}; }

    void success() {
        router.route_success();
        hand_out();
    }
    void hand_out() {
        deliveries.clear();
        contacts.clear();
        router.hand_out(
            [this](std::uint16_t shard, store_batch&& batch) { deliveries.push_back({shard, std::move(batch)}); },
            [this](const user_id& a, const user_id& b) { contacts.emplace_back(a.value, b.value); });
    }

    commit_router router;
    std::uint64_t requests = 0;
    std::uint64_t offset = 0;
    std::vector<delivery> deliveries;
    std::vector<std::pair<std::string, std::string>> contacts;
};

} // namespace

TEST_CASE("what a commit means is settled at a shard only after every shard has its completions and entries") {
    fixture f;
    f.open("a", 0);
    f.open("b", 1);
    f.append("a", "b", 0, f.message(1, 1));
    f.open("c", 2);
    f.success();
    REQUIRE(f.deliveries.size() == 5);
    for (std::size_t i = 0; i < 3; ++i) {
        const auto& [shard, batch] = f.deliveries[i];
        CHECK(shard == i);
        CHECK(batch.completions.size() == (shard == 0 ? 2 : 1));
        CHECK(batch.entries.size() == (shard == 2 ? 0 : 1));
        CHECK(batch.settled == batch.entries.empty());
    }
    for (std::size_t i = 3; i < 5; ++i) {
        CHECK(f.deliveries[i].batch.empty());
        CHECK(f.deliveries[i].batch.settled);
    }
    CHECK(f.deliveries[0].batch.entries[0].user.value == "a");
    CHECK(f.deliveries[1].batch.entries[0].user.value == "b");
}

TEST_CASE("with one shard a commit is one batch") {
    fixture f(1);
    f.open("a", 0);
    f.open("b", 0);
    f.append("a", "b", 0, f.message(1, 1));
    f.success();
    REQUIRE(f.deliveries.size() == 1);
    CHECK(f.deliveries[0].batch.settled);
    CHECK(f.deliveries[0].batch.completions.size() == 3);
    CHECK(f.deliveries[0].batch.entries.size() == 2);
}

TEST_CASE("completions keep the order and the tickets of the requests") {
    fixture f(1);
    f.append("a", "b", 0, f.message(1, 1));
    f.append("a", "b", 0, f.message(2, 2));
    f.open("c", 0);
    f.success();
    const auto& done = f.deliveries.at(0).batch.completions;
    REQUIRE(done.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(done[i].ticket.request == i + 1);
    CHECK(std::get<appended>(done[1].outcome).sender_seq == 2);
    CHECK(std::holds_alternative<opened_user>(done[2].outcome));
}

TEST_CASE("entries reach a user from its opening to its closing, in the order of the requests") {
    fixture f(1);
    f.append("x", "b", 0, f.message(1, 1));
    f.open("b", 0);
    f.append("x", "b", 0, f.message(2, 2));
    f.close("b");
    f.append("x", "b", 0, f.message(3, 3));
    f.success();
    const auto& entries = f.deliveries.at(0).batch.entries;
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].entry.seq == 2);
    CHECK(entries[0].entry.state == message_state::sent);
}

TEST_CASE("a sender that is served learns that nobody serves the recipient") {
    fixture f;
    f.open("a", 2);
    auto outcome = f.message(1, 1);
    outcome.contacts = true;
    f.append("a", "b", 2, outcome);
    f.append("stranger", "b", 1, f.message(1, 2)); // not served itself
    f.success();
    const auto& last = f.deliveries.back();
    CHECK(last.shard == 2);
    REQUIRE(last.batch.offline.size() == 1);
    CHECK(last.batch.offline[0].sender.value == "a");
    CHECK(last.batch.offline[0].recipient.value == "b");
    CHECK(last.batch.offline[0].contacts);
    CHECK(last.batch.offline[0].id.to_string() == outcome.message->id.to_string());
}

TEST_CASE("a duplicate is answered and causes nothing else") {
    fixture f(1);
    f.open("a", 0);
    auto outcome = f.message(1, 1);
    outcome.duplicate = true;
    f.append("a", "b", 0, outcome);
    f.success();
    const auto& batch = f.deliveries.at(0).batch;
    CHECK(batch.completions.size() == 2);
    CHECK(batch.entries.empty());
    CHECK(batch.offline.empty());
}

TEST_CASE("a state change reaches the shards of the author and the recipient, once each") {
    fixture f;
    f.open("a", 0);
    f.open("b", 1);
    f.open("c", 1);
    f.success();
    f.add(1, confirm_up_to{{"b"}, {}, 9});
    confirmed outcome;
    outcome.changes = {{.id = {}, .author = {"a"}, .recipient = {"b"}},
                       {.id = {}, .author = {"c"}, .recipient = {"b"}},
                       {.id = {}, .author = {"nobody"}, .recipient = {"b"}}};
    f.router.outcomes().back() = outcome;
    f.success();
    REQUIRE(f.deliveries.size() == 3);
    CHECK(std::get<confirmed>(f.deliveries[0].batch.completions.at(0).outcome).changes.empty());
    CHECK(f.deliveries[1].shard == 0);
    REQUIRE(f.deliveries[1].batch.changes.size() == 1);
    CHECK(f.deliveries[1].batch.changes[0].author.value == "a");
    CHECK(f.deliveries[2].shard == 1);
    CHECK(f.deliveries[2].batch.changes.size() == 3);
}

TEST_CASE("two users who become contacts are announced after everything else") {
    fixture f(1);
    auto outcome = f.message(1, 1);
    outcome.contacts = outcome.new_contacts = true;
    f.append("a", "b", 0, outcome);
    f.success();
    REQUIRE(f.contacts.size() == 1);
    CHECK(f.contacts[0].first == "a");
    CHECK(f.contacts[0].second == "b");
    f.append("a", "b", 0, f.message(2, 2));
    f.success();
    CHECK(f.contacts.empty());
}

TEST_CASE("a failed commit answers everything, opens users for reading, and closes users") {
    fixture f(1);
    f.open("gone", 0);
    f.success();
    f.append("a", "b", 0, f.message(1, 1));
    f.add(0, open_user{.user = {"b"}, .device = {}, .pending = {}});
    f.close("gone");
    f.router.route_failure([](const open_user&) -> log_outcome { return opened_user{.head = 7}; });
    f.hand_out();
    const auto& done = f.deliveries.at(0).batch.completions;
    REQUIRE(done.size() == 2);
    CHECK(std::get<errc>(done[0].outcome) == errc::persistence);
    CHECK(std::get<opened_user>(done[1].outcome).head == 7);
    CHECK(f.deliveries[0].batch.entries.empty());

    f.append("a", "b", 0, f.message(1, 1));
    f.append("a", "gone", 0, f.message(2, 1));
    f.success();
    REQUIRE(f.deliveries.at(0).batch.entries.size() == 1);
    CHECK(f.deliveries[0].batch.entries[0].user.value == "b");
}

TEST_CASE("more users than the router may hold are answered busy") {
    fixture f(1, 1);
    f.open("a", 0);
    f.open("b", 0);
    f.open("a", 0);
    f.success();
    const auto& done = f.deliveries.at(0).batch.completions;
    CHECK(std::holds_alternative<opened_user>(done.at(0).outcome));
    CHECK(std::get<errc>(done.at(1).outcome) == errc::busy);
    CHECK(std::holds_alternative<opened_user>(done.at(2).outcome));
}

TEST_CASE("a room's message goes to the shards of its members, its news behind all completions", "[room]") {
    fixture f;
    f.open("a", 0);
    f.open("b", 1);
    f.open("c", 1);
    f.success();

    f.add(0, append_room{{"a"}, {"r"}, "x", "text", {}});
    posted stored;
    stored.message = f.message(1, 0).message;
    stored.entries = {{{"a"}, 4}, {{"b"}, 7}, {{"c"}, 2}, {{"away"}, 9}};
    f.router.outcomes().back() = stored;
    f.add(0, change_room{.caller = {"a"}, .room = {"r"}, .action = room_action::remove{{"c"}}});
    room_changed changed{.changed = true, .room = std::make_shared<const room_view>()};
    changed.records = {{entry_kind::member_left, f.message(1, 0).message, {{{"b"}, 8}, {{"c"}, 3}}}};
    changed.audience = {{"a"}, {"b"}, {"away"}};
    changed.removed = {"c"};
    f.router.outcomes().back() = changed;
    f.success();

    REQUIRE(f.deliveries.size() == 4);
    CHECK(f.deliveries[0].batch.entries.size() == 1);
    CHECK(f.deliveries[0].batch.completions.size() == 2);
    CHECK(std::get<posted>(f.deliveries[0].batch.completions[0].outcome).entries.empty());
    CHECK(std::get<room_changed>(f.deliveries[0].batch.completions[1].outcome).audience.empty());
    std::string seen;
    for (const entry_delivery& each : f.deliveries[1].batch.entries)
        seen += each.user.value + std::to_string(each.entry.seq) + " ";
    CHECK(seen == "b7 c2 b8 c3 ");
    CHECK(f.deliveries[2].shard == 0);
    REQUIRE(f.deliveries[2].batch.rooms.size() == 1);
    CHECK(f.deliveries[2].batch.rooms[0].users == std::vector<user_id>{{"a"}});
    REQUIRE(f.deliveries[3].batch.rooms.size() == 2);
    CHECK_FALSE(f.deliveries[3].batch.rooms[0].at_once);
    CHECK(f.deliveries[3].batch.rooms[1].at_once);
    CHECK(f.deliveries[3].batch.rooms[1].users == std::vector<user_id>{{"c"}});
}

TEST_CASE("nobody is told of what was repeated, refused, or changed nothing", "[room]") {
    fixture f;
    f.open("a", 0);
    f.success();
    for (const bool duplicate : {true, false}) {
        f.add(0, append_room{{"a"}, {"r"}, "x", "text", {}});
        posted outcome;
        outcome.status = duplicate ? post_status::stored : post_status::not_found;
        outcome.duplicate = duplicate;
        f.router.outcomes().back() = outcome;
    }
    f.add(0, change_room{.caller = {"a"}, .room = {"r"}, .action = room_action::join{}});
    f.router.outcomes().back() = room_changed{.room = std::make_shared<const room_view>(), .audience = {{"a"}}};
    f.success();
    REQUIRE(f.deliveries.size() == 1);
    CHECK(f.deliveries[0].batch.completions.size() == 3);
    CHECK(f.deliveries[0].batch.entries.empty());
    CHECK(f.deliveries[0].batch.rooms.empty());
}

TEST_CASE("who came into a room or left it is noted, served or not", "[room]") {
    fixture f;
    f.open("a", 0);
    const auto event = [](entry_kind kind, const std::string& concerned, const std::vector<std::string>& readers) {
        auto record = std::make_shared<message_record>();
        record->room = {"r"};
        record->recipient = {concerned};
        logged_record made{.kind = kind, .record = std::move(record), .entries = {}};
        for (const std::string& reader : readers) made.entries.push_back({.user = {reader}, .seq = 1});
        return made;
    };
    f.add(0, change_room{.caller = {"a"}, .room = {"r"}, .action = room_action::create{}});
    room_changed made{.changed = true};
    made.records = {event(entry_kind::member_joined, "a", {"a"}), event(entry_kind::member_joined, "b", {"b"})};
    f.router.outcomes().back() = std::move(made);
    f.add(0, leave_rooms{.user = {"b"}});
    rooms_left left;
    left.rooms.push_back({.changed = true});
    left.rooms[0].records = {event(entry_kind::member_left, "b", {"a", "b"})};
    f.router.outcomes().back() = std::move(left);
    f.add(0, change_room{.caller = {"a"}, .room = {"r"}, .action = room_action::erase{}});
    room_changed gone{.changed = true};
    gone.records = {event(entry_kind::room_deleted, "", {"a", "c"})};
    f.router.outcomes().back() = std::move(gone);
    f.router.route_success();
    std::string moved;
    for (const membership_change& change : f.router.take_moved())
        moved += (change.joined ? "+" : "-") + change.user.value + "@" + change.room.value + " ";
    CHECK(moved == "+a@r +b@r -b@r -a@r -c@r ");
    CHECK(f.router.take_moved().empty());
    f.hand_out();
    REQUIRE_FALSE(f.deliveries.empty());
    std::size_t entries = 0;
    for (const delivery& each : f.deliveries) entries += each.batch.entries.size();
    CHECK(entries == 3); // a's: joined, left, deleted
    // b is served nowhere; of the end of the room every shard may have something that waits.
    std::string departures;
    for (const delivery& each : f.deliveries) {
        for (const room_update& update : each.batch.rooms)
            departures += std::to_string(each.shard) + update.gone.value + std::to_string(update.users.size()) + " ";
    }
    CHECK(departures == "0r1 1r0 2r0 ");
}

TEST_CASE("the shard of whom leaves a room hears of it between what is told before and after", "[room]") {
    fixture f(2);
    f.open("a", 0);
    f.open("b", 1);
    f.success();
    auto record = std::make_shared<message_record>();
    record->room = {"r"};
    record->recipient = {"b"};
    const auto told = [&](std::vector<user_id> audience, std::vector<logged_record> records) {
        f.add(0, change_room{.caller = {"a"}, .room = {"r"}, .action = room_action::join{}});
        f.router.outcomes().back() = room_changed{.changed = true,
                                                  .room = std::make_shared<const room_view>(),
                                                  .records = std::move(records),
                                                  .audience = std::move(audience)};
    };
    told({{"a"}, {"b"}}, {});
    told({{"a"}}, {{.kind = entry_kind::member_left, .record = record, .entries = {{.user = {"b"}, .seq = 1}}}});
    told({{"a"}, {"b"}}, {});
    f.success();
    std::string seen;
    for (const delivery& each : f.deliveries) {
        for (const room_update& update : each.batch.rooms)
            seen += std::to_string(each.shard) + (update.gone.empty() ? "+" : "-") +
                    std::to_string(update.users.size()) + " ";
    }
    CHECK(seen == "0+1 0+1 0+1 1+1 1-1 1+1 ");
}

TEST_CASE("what receipts mean in a room goes to the shard of the reader and to those of the authors, behind answers",
          "[room]") {
    fixture f;
    f.open("a", 0);
    f.open("b", 1);
    f.success();
    f.add(1, confirm_message{{"b"}, {}, receipt_kind::delivered});
    confirmed outcome;
    outcome.positions.push_back({.user = {"b"}, .room = {"r"}, .delivered = 3});
    outcome.deliveries.push_back({.author = {"a"}, .room = {"r"}, .message = {}, .chat_seq = 3});
    outcome.deliveries.push_back({.author = {"away"}, .room = {"r"}, .message = {}, .chat_seq = 2});
    f.router.outcomes().back() = outcome;
    f.success();
    REQUIRE(f.deliveries.size() == 3);
    CHECK(f.deliveries[0].shard == 1);
    const auto& answer = std::get<confirmed>(f.deliveries[0].batch.completions.at(0).outcome);
    CHECK(answer.positions.empty());
    CHECK(answer.deliveries.empty());
    CHECK(f.deliveries[1].shard == 0);
    REQUIRE(f.deliveries[1].batch.deliveries.size() == 1);
    CHECK(f.deliveries[1].batch.deliveries[0].author.value == "a");
    CHECK(f.deliveries[1].batch.positions.empty());
    CHECK(f.deliveries[2].shard == 1);
    CHECK(f.deliveries[2].batch.positions.size() == 1);
    CHECK(f.deliveries[2].batch.deliveries.empty());
}
