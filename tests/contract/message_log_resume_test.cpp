#include "tests/support/log_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <optional>
#include <string>

using namespace wsd;
using wsd::test::log_fixture;

#define EVERY_LOG GENERATE(as<std::string>{}, "memory", "sqlite")

namespace {

// bob's log: ten messages from alice.
struct ten_messages : log_fixture {
    explicit ten_messages(const std::string& implementation) : log_fixture(implementation) {
        for (int i = 0; i < 10; ++i) sent.push_back(send("alice", "bob").message->id);
    }
    resume_request request(std::uint64_t start = 10) {
        resume_request made;
        made.user = {"bob"};
        made.start = start;
        return made;
    }
    resume_request from_seq(std::uint64_t seq, std::uint64_t start = 10) {
        auto made = request(start);
        made.epoch = log().identity().epoch;
        made.seq = seq;
        return made;
    }
    std::vector<message_id> sent;
};

void check_exact(const resume_plan& plan, std::uint64_t from, std::uint64_t to) {
    CHECK(plan.mode == resume_mode::exact);
    CHECK(plan.reason == resume_reason::none);
    CHECK(plan.from == from);
    CHECK(plan.to == to);
    CHECK(plan.first_entry == from);
    CHECK(plan.count == to + 1 - from);
    CHECK(plan.gap_to == 0);
    CHECK(plan.complete);
}

void check_snapshot(const resume_plan& plan, resume_reason reason, std::uint64_t start) {
    CHECK(plan.mode == resume_mode::snapshot);
    CHECK(plan.reason == reason);
    CHECK(plan.from == start + 1);
    CHECK(plan.to == start);
    CHECK(plan.count == 0);
    CHECK_FALSE(plan.complete);
}

} // namespace

TEST_CASE("resume by epoch and seq replays what lies between the cursor and the start") {
    ten_messages f(EVERY_LOG);
    check_exact(f.plan(f.from_seq(4)), 5, 10);
    check_exact(f.plan(f.from_seq(0)), 1, 10);
    check_exact(f.plan(f.from_seq(10)), 11, 10);
    check_exact(f.plan(f.from_seq(4, 7)), 5, 7); // entries above the start are live
}

TEST_CASE("a cursor above the start and up to the head has nothing to replay") {
    ten_messages f(EVERY_LOG);
    check_exact(f.plan(f.from_seq(9, 7)), 10, 9);
}

TEST_CASE("resume by message id, of a received and of a sent message") {
    ten_messages f(EVERY_LOG);
    auto request = f.request();
    request.last_seen = f.sent[3].to_string();
    check_exact(f.plan(request), 5, 10);
    const auto own = f.send("bob", "carol");
    request.start = 11;
    request.last_seen = own.message->id.to_string();
    check_exact(f.plan(request), 12, 11);
}

TEST_CASE("epoch and seq win over a message id, that over the device, that over what is undelivered") {
    ten_messages f(EVERY_LOG);
    auto request = f.request();
    check_exact(f.plan(request), 1, 10);
    request.device_position = 2;
    check_exact(f.plan(request), 3, 10);
    request.last_seen = f.sent[4].to_string();
    check_exact(f.plan(request), 6, 10);
    request.epoch = f.log().identity().epoch;
    request.seq = 8;
    check_exact(f.plan(request), 9, 10);
}

TEST_CASE("another epoch is a snapshot, whatever its seq") {
    ten_messages f(EVERY_LOG);
    auto request = f.from_seq(99);
    request.epoch = "other";
    check_snapshot(f.plan(request), resume_reason::epoch_changed, 10);
}

TEST_CASE("a message id that is not in the user's log is a snapshot") {
    ten_messages f(EVERY_LOG);
    const auto others = f.send("alice", "carol");
    auto other_time = f.sent[3];
    other_time.high += std::uint64_t{1} << 16;
    for (const std::string& id : {std::string("msg_old_1"), others.message->id.to_string(), other_time.to_string(),
                                  std::string("019ee991-d488-7009-8a10-000000000009"), std::string("x")}) {
        auto request = f.request();
        request.last_seen = id;
        INFO(id);
        check_snapshot(f.plan(request), resume_reason::unknown_message_id, 10);
    }
}

TEST_CASE("a cursor above the head is a snapshot") {
    ten_messages f(EVERY_LOG);
    check_snapshot(f.plan(f.from_seq(11)), resume_reason::cursor_ahead, 10);
    auto request = f.request();
    request.device_position = 11;
    check_snapshot(f.plan(request), resume_reason::cursor_ahead, 10);
}

TEST_CASE("more entries than allowed are a snapshot, but for a request with a limit") {
    ten_messages f(EVERY_LOG);
    auto request = f.from_seq(4);
    request.max_entries = 6;
    check_exact(f.plan(request), 5, 10);
    request.max_entries = 5;
    check_snapshot(f.plan(request), resume_reason::too_far, 10);
    request.limit = 2;
    const auto plan = f.plan(request);
    CHECK(plan.mode == resume_mode::exact);
    CHECK(plan.from == 5);
    CHECK(plan.to == 6);
    CHECK(plan.count == 2);
    CHECK_FALSE(plan.complete);
    request.limit = 6;
    check_exact(f.plan(request), 5, 10);
}

TEST_CASE("a user without a log resumes to nothing") {
    log_fixture f(EVERY_LOG);
    resume_request request;
    request.user = {"nobody"};
    check_exact(f.plan(request), 1, 0);
    request.last_seen = "019ee991-d488-7009-8a10-000000000009";
    check_snapshot(f.plan(request), resume_reason::unknown_message_id, 0);
}

TEST_CASE(
    "without a cursor the replay begins at the oldest undelivered message, however many delivered ones lie before") {
    log_fixture f(EVERY_LOG);
    for (int i = 0; i < 151; ++i) static_cast<void>(f.send(i % 2 == 0 ? "alice" : "carol", "bob"));
    const auto last = f.page("bob", 151, 151).entries.at(0).message->id;
    static_cast<void>(f.up_to("bob", 150));
    check_exact(f.plan_default("bob"), 151, 151);
    if (f.survives_reopen()) f.reopen();
    check_exact(f.plan_default("bob"), 151, 151);
    static_cast<void>(f.deliver("bob", last));
    check_exact(f.plan_default("bob"), 152, 151);
}

TEST_CASE("without a cursor own messages and those above the start do not count") {
    log_fixture f(EVERY_LOG);
    static_cast<void>(f.send("bob", "alice"));
    static_cast<void>(f.send("bob", "alice"));
    check_exact(f.plan_default("bob"), 3, 2);
    resume_request request;
    request.user = {"bob"};
    request.start = 2;
    static_cast<void>(f.send("bob", "alice"));
    static_cast<void>(f.send("alice", "bob"));
    check_exact(f.plan(request), 3, 2); // 3 and 4 are live
}

TEST_CASE("pages are contiguous, bounded by entries and by bytes, and have at least one entry") {
    log_fixture f(EVERY_LOG);
    for (int i = 0; i < 20; ++i)
        static_cast<void>(f.send("alice", "bob", std::string(100, static_cast<char>('a' + i))));
    page_request request;
    request.user = {"bob"};
    request.from = 3;
    request.to = 18;
    request.max_entries = 7;
    auto page = f.reader().read_page(request).value();
    REQUIRE(page.entries.size() == 7);
    CHECK(page.floor == 1);
    for (std::size_t i = 0; i < 7; ++i) {
        CHECK(page.entries[i].seq == 3 + i);
        CHECK(page.entries[i].message->content[0] == static_cast<char>('a' + 2 + i));
    }
    request.max_entries = 200;
    request.max_bytes = 350;
    CHECK(f.reader().read_page(request).value().entries.size() == 3);
    request.max_bytes = 1;
    CHECK(f.reader().read_page(request).value().entries.size() == 1);
    CHECK(f.page("bob", 15, 99).entries.size() == 6);
    CHECK(f.page("bob", 21, 21).entries.empty());
    CHECK(f.page("bob", 5, 4).entries.empty());
    CHECK(f.page("nobody", 1, 9).entries.empty());
}

TEST_CASE("a long log is read back in order and whole") {
    log_fixture f(EVERY_LOG);
    constexpr std::uint64_t count = 600;
    for (std::uint64_t i = 1; i <= count; ++i) static_cast<void>(f.send("alice", "bob", std::to_string(i)));
    std::uint64_t next = 1;
    while (next <= count) {
        const auto page = f.page("bob", next, count, 37);
        REQUIRE_FALSE(page.entries.empty());
        for (const auto& entry : page.entries) {
            REQUIRE(entry.seq == next);
            REQUIRE(entry.message->content == std::to_string(next));
            ++next;
        }
    }
}
