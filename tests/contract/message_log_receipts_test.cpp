#include "tests/support/log_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

using namespace wsd;
using wsd::test::log_fixture;

#define EVERY_LOG GENERATE(as<std::string>{}, "memory", "sqlite")

TEST_CASE("a receipt moves a message forward and names everybody who has to know") {
    log_fixture f(EVERY_LOG);
    static_cast<void>(f.send("b", "a"));
    const auto sent = f.send("a", "b");
    const auto delivered = f.deliver("b", sent.message->id);
    CHECK(delivered.status == confirm_status::changed);
    CHECK(delivered.state == message_state::delivered);
    CHECK_FALSE(delivered.read_position_moved.has_value());
    REQUIRE(delivered.changes.size() == 1);
    const auto& change = delivered.changes.front();
    CHECK(change.id.to_string() == sent.message->id.to_string());
    CHECK(change.author.value == "a");
    CHECK(change.recipient.value == "b");
    CHECK(change.author_seq == 2);
    CHECK(change.recipient_seq == 2);
    CHECK(change.state == message_state::delivered);

    if (f.survives_reopen()) f.reopen();
    const auto read = f.read("b", sent.message->id);
    CHECK(read.status == confirm_status::changed);
    CHECK(read.state == message_state::read);
    REQUIRE(read.changes.size() == 1);
    CHECK(read.changes.front().state == message_state::read);
    REQUIRE(read.read_position_moved.has_value());
    CHECK(read.read_position_moved->chat.value == "dm:a:b");
    CHECK(read.read_position_moved->chat_seq == 2);
    CHECK(f.page("a", 2, 2).entries.at(0).state == message_state::read);
    CHECK(f.page("b", 2, 2).entries.at(0).state == message_state::read);
}

TEST_CASE("a receipt that is satisfied already changes nothing and tells the state") {
    log_fixture f(EVERY_LOG);
    const auto sent = f.send("a", "b");
    static_cast<void>(f.deliver("b", sent.message->id));
    const auto again = f.deliver("b", sent.message->id);
    CHECK(again.status == confirm_status::already);
    CHECK(again.state == message_state::delivered);
    CHECK(again.changes.empty());
    static_cast<void>(f.read("b", sent.message->id));
    for (const auto& outcome : {f.deliver("b", sent.message->id), f.read("b", sent.message->id)}) {
        CHECK(outcome.status == confirm_status::already);
        CHECK(outcome.state == message_state::read);
        CHECK(outcome.changes.empty());
        CHECK_FALSE(outcome.read_position_moved.has_value());
    }
}

TEST_CASE("a message can't be read before it is delivered") {
    log_fixture f(EVERY_LOG);
    const auto sent = f.send("a", "b");
    const auto outcome = f.read("b", sent.message->id);
    CHECK(outcome.status == confirm_status::invalid_transition);
    CHECK(outcome.state == message_state::sent);
    CHECK(outcome.changes.empty());
    CHECK(f.page("b", 1, 1).entries.at(0).state == message_state::sent);
}

TEST_CASE("a receipt by the author, by a stranger, and for an id that is nobody's") {
    log_fixture f(EVERY_LOG);
    const auto sent = f.send("a", "b");
    static_cast<void>(f.send("c", "d"));
    CHECK(f.deliver("a", sent.message->id).status == confirm_status::not_authorized);
    CHECK(f.deliver("c", sent.message->id).status == confirm_status::not_found);
    CHECK(f.deliver("nobody", sent.message->id).status == confirm_status::not_found);

    auto other_time = sent.message->id;
    other_time.high += std::uint64_t{1} << 16;
    auto other_store = sent.message->id;
    other_store.low ^= std::uint64_t{1} << 48;
    auto other_offset = sent.message->id;
    other_offset.low += 77;
    for (const auto& id : {other_time, other_store, other_offset, message_id{}})
        CHECK(f.deliver("b", id).status == confirm_status::not_found);
    CHECK(f.page("b", 1, 1).entries.at(0).state == message_state::sent);
}

TEST_CASE("one receipt concerns one message only") {
    log_fixture f(EVERY_LOG);
    static_cast<void>(f.send("a", "b"));
    const auto second = f.send("a", "b");
    static_cast<void>(f.send("a", "b"));
    static_cast<void>(f.deliver("b", second.message->id));
    const auto page = f.page("b", 1, 3);
    CHECK(page.entries.at(0).state == message_state::sent);
    CHECK(page.entries.at(1).state == message_state::delivered);
    CHECK(page.entries.at(2).state == message_state::sent);
}

TEST_CASE("the read position follows the highest message read and never goes back") {
    log_fixture f(EVERY_LOG);
    const auto first = f.send("a", "b");
    const auto second = f.send("a", "b");
    static_cast<void>(f.up_to("b", 2));
    const auto high = f.read("b", second.message->id);
    REQUIRE(high.read_position_moved.has_value());
    CHECK(high.read_position_moved->chat_seq == 2);
    if (f.survives_reopen()) f.reopen();
    const auto low = f.read("b", first.message->id);
    CHECK(low.status == confirm_status::changed);
    CHECK_FALSE(low.read_position_moved.has_value());
}

TEST_CASE("up to: everything addressed to the user becomes delivered, own messages do not count") {
    log_fixture f(EVERY_LOG);
    const auto one = f.send("a", "b");
    static_cast<void>(f.send("b", "a"));
    const auto three = f.send("c", "b");
    static_cast<void>(f.send("a", "b"));
    const auto outcome = f.up_to("b", 3);
    CHECK(outcome.status == confirm_status::changed);
    REQUIRE(outcome.changes.size() == 2);
    CHECK(outcome.changes[0].id.to_string() == one.message->id.to_string());
    CHECK(outcome.changes[0].author.value == "a");
    CHECK(outcome.changes[1].id.to_string() == three.message->id.to_string());
    CHECK(outcome.changes[1].author.value == "c");
    const auto page = f.page("b", 1, 4);
    CHECK(page.entries.at(1).state == message_state::sent);
    CHECK(page.entries.at(3).state == message_state::sent);
    CHECK(f.up_to("b", 3).status == confirm_status::already);
    CHECK(f.up_to("b", 0).status == confirm_status::already);
    CHECK(f.up_to("b", 4).changes.size() == 1);
}

TEST_CASE("what a receipt up to somewhere delivered is delivered for both, singly and behind a restart") {
    log_fixture f(EVERY_LOG);
    std::vector<appended> sent;
    for (int i = 0; i < 4; ++i) sent.push_back(f.send("a", "b"));
    static_cast<void>(f.up_to("b", 3));
    if (f.survives_reopen()) f.reopen();
    for (const std::string user : {"a", "b"}) {
        const auto page = f.page(user, 1, 4);
        for (std::size_t i = 0; i < 3; ++i) CHECK(page.entries.at(i).state == message_state::delivered);
        CHECK(page.entries.at(3).state == message_state::sent);
    }
    const auto again = f.deliver("b", sent[1].message->id);
    CHECK(again.status == confirm_status::already);
    CHECK(again.state == message_state::delivered);
    const auto read = f.read("b", sent[1].message->id);
    CHECK(read.status == confirm_status::changed);
    CHECK(f.page("a", 1, 4).entries.at(1).state == message_state::read);
    CHECK(f.read("b", sent[3].message->id).status == confirm_status::invalid_transition);
    CHECK(f.up_to("b", 4).changes.size() == 1);
}

TEST_CASE("a receipt up to somewhere is done in portions, and the device's position moves with the last") {
    log_fixture f(EVERY_LOG);
    static_cast<void>(f.open("b", "phone"));
    for (int i = 0; i < 7; ++i) static_cast<void>(f.send("a", "b"));
    const confirm_up_to operation{.user = {"b"}, .device = {"phone"}, .up_to = 7, .entries_max = 3};
    for (int round = 0; round < 3; ++round) {
        CHECK(f.open("b", "phone").device_position.value_or(0) == 0);
        const auto outcome = f.apply_as<confirmed>(operation);
        CHECK(outcome.status == confirm_status::changed);
        CHECK(outcome.changes.size() == (round < 2 ? 3 : 1));
        CHECK(outcome.more == (round < 2));
    }
    CHECK(f.open("b", "phone").device_position == 7);
    CHECK_FALSE(f.apply_as<confirmed>(operation).more);
}

TEST_CASE("a receipt up to somewhere also delivers what has left the log") {
    log_fixture f(EVERY_LOG, {.entries_max = 10});
    std::vector<appended> sent;
    for (int i = 0; i < 30; ++i) sent.push_back(f.send("a", "b"));
    CHECK(f.up_to("b", 30).changes.size() == 10); // of the others there is nobody's entry to tell of
    const auto oldest = f.deliver("b", sent.front().message->id);
    CHECK(oldest.status == confirm_status::already);
    CHECK(oldest.state == message_state::delivered);
    if (f.survives_reopen()) f.reopen();
    CHECK(f.read("b", sent.front().message->id).status == confirm_status::changed);
}

TEST_CASE("receipts for single messages say nothing of what has left the log") {
    log_fixture f(EVERY_LOG, {.entries_max = 100});
    std::vector<appended> sent;
    for (int i = 0; i < 120; ++i) sent.push_back(f.send("a", "b")); // 21..120 are in the log
    CHECK(f.deliver("b", sent[119].message->id).status == confirm_status::changed);
    for (std::size_t i = 20; i < 90; ++i) static_cast<void>(f.deliver("b", sent[i].message->id));
    if (f.survives_reopen()) f.reopen();
    CHECK(f.read("b", sent[0].message->id).status == confirm_status::invalid_transition);
    CHECK(f.deliver("b", sent[19].message->id).status == confirm_status::changed);
}

TEST_CASE("a receipt up to what has left the log delivers it") {
    log_fixture f(EVERY_LOG, {.entries_max = 100});
    std::vector<appended> sent;
    for (int i = 0; i < 120; ++i) sent.push_back(f.send("a", "b"));
    static_cast<void>(f.up_to("b", 15));
    CHECK(f.read("b", sent[14].message->id).status == confirm_status::changed);
    CHECK(f.read("b", sent[15].message->id).status == confirm_status::invalid_transition);
    CHECK(f.up_to("b", 120).changes.size() == 100);
}

TEST_CASE("up to above the head is refused and changes nothing") {
    log_fixture f(EVERY_LOG);
    static_cast<void>(f.send("a", "b"));
    CHECK(f.up_to("b", 2).status == confirm_status::cursor_ahead);
    CHECK(f.page("b", 1, 1).entries.at(0).state == message_state::sent);
    CHECK(f.up_to("nobody", 1).status == confirm_status::cursor_ahead);
    CHECK(f.up_to("nobody", 0).status == confirm_status::already);
}

TEST_CASE("up to leaves states beyond delivered alone") {
    log_fixture f(EVERY_LOG);
    const auto sent = f.send("a", "b");
    static_cast<void>(f.send("a", "b"));
    static_cast<void>(f.deliver("b", sent.message->id));
    static_cast<void>(f.read("b", sent.message->id));
    const auto outcome = f.up_to("b", 2);
    REQUIRE(outcome.changes.size() == 1);
    CHECK(outcome.changes.front().recipient_seq == 2);
    CHECK(f.page("b", 1, 1).entries.at(0).state == message_state::read);
}

TEST_CASE("a replay that was handed to the socket delivers its range and nothing else") {
    log_fixture f(EVERY_LOG);
    for (int i = 0; i < 5; ++i) static_cast<void>(f.send("a", "b"));
    const auto outcome = f.apply_as<confirmed>(confirm_replayed{{"b"}, 2, 3});
    REQUIRE(outcome.changes.size() == 2);
    CHECK(outcome.changes[0].recipient_seq == 2);
    CHECK(outcome.changes[1].recipient_seq == 3);
    CHECK(f.apply_as<confirmed>(confirm_replayed{{"b"}, 1, 3}).changes.size() == 1);
    CHECK(f.apply_as<confirmed>(confirm_replayed{{"b"}, 1, 99}).changes.size() == 2);
    CHECK(f.apply_as<confirmed>(confirm_replayed{{"b"}, 1, 99}).status == confirm_status::already);
    CHECK(f.apply_as<confirmed>(confirm_replayed{{"nobody"}, 1, 1}).changes.empty());
}

TEST_CASE("a device keeps its acknowledged position, which never goes back, and has none before it acknowledged") {
    log_fixture f(EVERY_LOG);
    for (int i = 0; i < 5; ++i) static_cast<void>(f.send("a", "b"));
    CHECK_FALSE(f.open("b", "phone").device_position.has_value());
    CHECK_FALSE(f.open("b", "phone").device_position.has_value());
    static_cast<void>(f.up_to("b", 4, "phone"));
    CHECK(f.up_to("b", 2, "phone").status == confirm_status::already);
    CHECK(f.open("b", "phone").device_position == 4);
    if (f.survives_reopen()) f.reopen();
    CHECK(f.open("b", "phone").device_position == 4);
    CHECK_FALSE(f.open("b", "laptop").device_position.has_value());
    CHECK_FALSE(f.open("a", "phone").device_position.has_value());
    CHECK(f.up_to("b", 4, "laptop").status == confirm_status::changed); // nothing to deliver, but the position moved
    CHECK(f.open("b", "laptop").device_position == 4);
    CHECK(f.up_to("b", 0, "tablet").status == confirm_status::already); // has never said HELLO
}

TEST_CASE("position 0 is a position") {
    log_fixture f(EVERY_LOG);
    static_cast<void>(f.open("b", "phone"));
    static_cast<void>(f.up_to("b", 0, "phone"));
    REQUIRE(f.open("b", "phone").device_position.has_value());
    CHECK(*f.open("b", "phone").device_position == 0);
}

TEST_CASE("beyond the maximum the device whose HELLO is oldest is forgotten") {
    log_fixture f(EVERY_LOG);
    static_cast<void>(f.send("a", "b"));
    const auto hello = [&](const std::string& device, std::uint32_t max) {
        open_user operation;
        operation.user = {"b"};
        operation.device = {device};
        operation.max_devices = max;
        return f.apply_as<opened_user>(operation).device_position;
    };
    for (const std::string device : {"one", "two", "three"}) {
        CHECK_FALSE(hello(device, 3).has_value());
        static_cast<void>(f.up_to("b", 1, device));
    }
    CHECK(hello("one", 3) == 1); // now "two" is the oldest
    if (f.survives_reopen()) f.reopen();
    CHECK_FALSE(hello("four", 3).has_value());
    CHECK(hello("three", 3) == 1);
    CHECK(hello("one", 3) == 1);
    CHECK_FALSE(hello("two", 3).has_value());
    CHECK(hello("one", 1) == 1); // a lower maximum forgets all others
    CHECK_FALSE(hello("three", 3).has_value());
}

TEST_CASE("receipts in any order leave no message undelivered behind the mark") {
    log_fixture f(EVERY_LOG);
    std::vector<message_id> ids;
    for (int i = 0; i < 300; ++i) ids.push_back(f.send(i % 3 == 0 ? "c" : "a", "b").message->id);
    for (std::size_t i = ids.size(); i-- > 1;) static_cast<void>(f.deliver("b", ids[i]));
    CHECK(f.plan_default("b").from == 1);
    CHECK(f.up_to("b", 300).changes.size() == 1);
    CHECK(f.plan_default("b").from == 301);
}
