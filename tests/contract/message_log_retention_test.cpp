#include "tests/support/log_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

using namespace wsd;
using wsd::test::log_fixture;

#define EVERY_LOG GENERATE(as<std::string>{}, "memory", "sqlite")

namespace {

constexpr timestamp day = 86'400'000;

void send_many(log_fixture& f, int count) {
    for (int i = 0; i < count; ++i) static_cast<void>(f.send("alice", "bob", std::to_string(i)));
}

resume_request from_seq(log_fixture& f, std::uint64_t seq, std::uint64_t start) {
    resume_request request;
    request.user = {"bob"};
    request.start = start;
    request.epoch = f.log().identity().epoch;
    request.seq = seq;
    return request;
}

} // namespace

TEST_CASE("the floor follows the head at the greatest number of entries") {
    log_fixture f(EVERY_LOG, {.entries_max = 10});
    send_many(f, 10);
    CHECK(f.open("bob").floor == 1);
    send_many(f, 1);
    CHECK(f.open("bob").floor == 2);
    send_many(f, 389);
    const auto opened = f.open("bob");
    CHECK(opened.head == 400);
    CHECK(opened.floor == 391);
    CHECK(f.page("bob", 1, 400).floor == 391);
    CHECK(f.page("bob", 1, 400).entries.front().seq == 391);
    CHECK(f.page("bob", 1, 400).entries.size() == 10);
}

TEST_CASE("trimming drops what is below the floor and changes nothing that can be seen") {
    log_fixture f(EVERY_LOG, {.entries_max = 10});
    send_many(f, 400);
    CHECK(f.trim() == 2); // alice and bob
    CHECK(f.trim() == 0);
    for (int round = 0; round < 2; ++round) {
        CHECK(f.open("bob").floor == 391);
        const auto page = f.page("bob", 391, 400);
        REQUIRE(page.entries.size() == 10);
        CHECK(page.entries.front().message->chat_seq == 391);
        if (f.survives_reopen()) f.reopen();
    }
    send_many(f, 1); // numbers go on
    CHECK(f.page("bob", 392, 401).entries.size() == 10);
    CHECK(f.open("bob").head == 401);
}

TEST_CASE("entries older than logs are kept leave them") {
    log_fixture f(EVERY_LOG, {.age_max_ms = 30 * day});
    send_many(f, 40);
    f.now += 10 * day;
    send_many(f, 40);
    f.now += 20 * day;
    CHECK(f.trim() == 0); // the first are 30 days old, not older
    f.now += 1;
    CHECK(f.trim() == 2);
    CHECK(f.open("bob").floor == 41);
    CHECK(f.page("bob", 41, 80).entries.size() == 40);
    f.now += 40 * day;
    CHECK(f.trim() == 2);
    auto opened = f.open("bob");
    CHECK(opened.floor == 81); // empty
    CHECK(opened.head == 80);
    if (f.survives_reopen()) f.reopen();
    send_many(f, 1);
    opened = f.open("bob");
    CHECK(opened.head == 81);
    CHECK(opened.floor == 81);
    CHECK(f.page("bob", 81, 81).entries.size() == 1);
    CHECK(f.conversations("bob").at(0).unread == 81); // messages live on
}

TEST_CASE("users are looked at in turns") {
    log_fixture f(EVERY_LOG, {.age_max_ms = day});
    for (const char* user : {"a", "b", "c", "d"}) static_cast<void>(f.send("zoe", user));
    f.now += 2 * day;
    std::uint32_t moved = 0;
    for (int i = 0; i < 4; ++i) moved += f.apply_as<trimmed>(trim_logs{.users_max = 2}).users;
    CHECK(moved == 5);
}

TEST_CASE("a cursor below the floor is a gap, then what is left") {
    log_fixture f(EVERY_LOG, {.entries_max = 10});
    send_many(f, 25); // 16..25 are left
    auto plan = f.plan(from_seq(f, 4, 25));
    CHECK(plan.mode == resume_mode::partial);
    CHECK(plan.reason == resume_reason::cursor_expired);
    CHECK(plan.from == 5);
    CHECK(plan.gap_to == 15);
    CHECK(plan.first_entry == 16);
    CHECK(plan.to == 25);
    CHECK(plan.count == 10);
    CHECK(plan.complete);
    plan = f.plan(from_seq(f, 15, 25)); // just before the floor: nothing is missing
    CHECK(plan.mode == resume_mode::exact);
    CHECK(plan.from == 16);
    plan = f.plan(from_seq(f, 4, 12)); // all that it missed is gone
    CHECK(plan.mode == resume_mode::partial);
    CHECK(plan.gap_to == 12);
    CHECK(plan.to == 12);
    CHECK(plan.count == 0);
}

TEST_CASE("a message id is a cursor while its entry is in the log") {
    log_fixture f(EVERY_LOG, {.entries_max = 10});
    std::vector<message_id> sent;
    for (int i = 0; i < 12; ++i) sent.push_back(f.send("alice", "bob").message->id);
    resume_request request;
    request.user = {"bob"};
    request.start = 12;
    request.last_seen = sent[1].to_string();
    CHECK(f.plan(request).reason == resume_reason::unknown_message_id);
    request.last_seen = sent[2].to_string();
    CHECK(f.plan(request).from == 4);
    CHECK(f.deliver("bob", sent[0]).status == confirm_status::changed); // receipts are about messages
}
