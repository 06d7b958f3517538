#include "server/storage/store_thread.hpp"

#include "tests/unit/storage/scripted_log.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace wsd;
using wsd::test::manual_clock;
using wsd::test::recording_sink;
using wsd::test::scripted_log;

namespace {

store_request append(const std::string& from, const std::string& to, std::uint64_t request = 0, std::uint16_t shard = 0,
                     std::string content = "x") {
    return {.ticket = {.connection = {.shard = shard}, .request = request},
            .command = log_operation{append_direct{{from}, {to}, std::move(content), {}}}};
}

store_request open(const std::string& user, std::uint16_t shard = 0) {
    return {.ticket = {.connection = {.shard = shard}},
            .command = log_operation{open_user{.user = {user}, .device = {}, .pending = {}}}};
}

struct fixture {
    explicit fixture(const store_options& options = {}) : store(log, time, sink, options) {}

    scripted_log log;
    manual_clock time;
    recording_sink sink;
    store_thread store;
};

errc error_of(const store_completion& completion) { return std::get<errc>(completion.outcome); }

} // namespace

TEST_CASE("the store commits what is queued as one group of bounded size and answers in order") {
    fixture f({.max_operations_per_commit = 4});
    for (std::uint64_t i = 1; i <= 6; ++i) REQUIRE(f.store.try_submit(append("a", "b", i)));
    CHECK(f.store.queue_depth() == 6);
    CHECK(f.store.run_once() == 4);
    CHECK(f.store.run_once() == 2);
    CHECK(f.store.run_once() == 0);
    CHECK(f.log.batches == std::vector<std::size_t>{4, 2});
    const auto done = f.sink.take_completions();
    REQUIRE(done.size() == 6);
    for (std::uint64_t i = 0; i < 6; ++i) {
        CHECK(done[i].ticket.request == i + 1);
        CHECK(std::get<appended>(done[i].outcome).sender_seq == i + 1);
    }
    CHECK(f.store.metrics().commits == 2);
    CHECK(f.store.metrics().operations == 6);
    CHECK(f.store.metrics().queue_depth_max == 6);
}

TEST_CASE("entries go to the shards that serve the users when the message is committed") {
    fixture f({.shards = 2});
    REQUIRE(f.store.try_submit(open("a", 0)));
    REQUIRE(f.store.try_submit(open("b", 1)));
    REQUIRE(f.store.try_submit(append("a", "b")));
    REQUIRE(f.store.try_submit(append("b", "a", 0, 1)));
    f.store.run_once();
    std::size_t entries[2] = {0, 0};
    for (const auto& [shard, batch] : f.sink.take_batches()) entries[shard] += batch.entries.size();
    CHECK(entries[0] == 2);
    CHECK(entries[1] == 2);
    CHECK(f.sink.take_contacts() == std::vector<std::pair<std::string, std::string>>{{"b", "a"}});

    f.store.submit_reserved({.ticket = {}, .command = close_user{{"b"}}});
    REQUIRE(f.store.try_submit(append("a", "b")));
    f.store.run_once();
    std::size_t offline = 0;
    for (const auto& [shard, batch] : f.sink.take_batches()) {
        CHECK(shard == 0);
        offline += batch.offline.size();
    }
    CHECK(offline == 1);
}

TEST_CASE("who came into a room or left it is told once, and only when that was committed") {
    fixture f;
    const auto change = [&f](room_action::any action) {
        change_room asked{.caller = {"a"}, .room = {"r"}, .action = std::move(action)};
        REQUIRE(f.store.try_submit({.ticket = {}, .command = log_operation{std::move(asked)}}));
        f.store.run_once();
        return f.sink.take_moved();
    };
    using moves = std::vector<std::string>;
    CHECK(change(room_action::create{.members = {{"b"}}}) == moves{"+a@r", "+b@r"});
    CHECK(change(room_action::join{}) == moves{});
    CHECK(change(room_action::remove{{"b"}}) == moves{"-b@r"});
    f.log.failing = true;
    CHECK(change(room_action::leave{}) == moves{});
}

TEST_CASE("closing users alone makes no commit") {
    fixture f;
    f.store.submit_reserved({.ticket = {}, .command = close_user{{"b"}}});
    CHECK(f.store.run_once() == 1);
    CHECK(f.log.batches.empty());
    CHECK(f.sink.take_batches().empty());
}

TEST_CASE("a full queue refuses by count and by bytes, but for what is reserved") {
    fixture f({.max_requests = 2, .max_bytes = 10'000});
    REQUIRE(f.store.try_submit(append("a", "b")));
    CHECK_FALSE(f.store.try_submit(append("a", "b", 0, 0, std::string(20'000, 'x'))));
    REQUIRE(f.store.try_submit(append("a", "b")));
    CHECK_FALSE(f.store.try_submit(append("a", "b")));
    f.store.submit_reserved({.ticket = {}, .command = close_user{{"b"}}});
    CHECK(f.store.metrics().refused == 2);
    CHECK(f.store.run_once() == 3);
    CHECK(f.store.try_submit(append("a", "b")));
}

TEST_CASE("after a failed commit everything is refused at once until the log has recovered") {
    fixture f({.recover_interval = milliseconds{500}});
    REQUIRE(f.store.try_submit(open("b")));
    REQUIRE(f.store.try_submit(append("a", "b")));
    f.store.run_once();
    static_cast<void>(f.sink.take_batches());

    f.log.failing = true;
    REQUIRE(f.store.try_submit(append("a", "b", 7)));
    REQUIRE(f.store.try_submit(append("a", "b", 8)));
    f.store.run_once();
    auto done = f.sink.take_completions();
    REQUIRE(done.size() == 2);
    CHECK(error_of(done[0]) == errc::persistence);
    CHECK(error_of(done[1]) == errc::persistence);
    CHECK_FALSE(f.store.log_ok());
    CHECK(f.store.last_error() == "the script says so");
    CHECK(f.log.recoveries == 0);

    f.log.failing = false;
    REQUIRE(f.store.try_submit(append("a", "b", 9)));
    f.time.advance(milliseconds{499});
    f.store.run_once();
    CHECK(error_of(f.sink.take_completions().at(0)) == errc::persistence);

    f.time.advance(milliseconds{1});
    REQUIRE(f.store.try_submit(append("a", "b", 10)));
    f.store.run_once();
    CHECK(f.log.recoveries == 1);
    CHECK(f.store.log_ok());
    CHECK(f.store.last_error().empty());
    done = f.sink.take_completions();
    CHECK(std::get<appended>(done.at(0).outcome).recipient_seq == 2);
}

TEST_CASE("who goes offline while the log can't be written leaves its rooms when it can, before what is asked then") {
    fixture f({.max_operations_per_commit = 2, .recover_interval = milliseconds{500}});
    const auto ask = [&f](log_operation operation) {
        f.store.submit_reserved({.ticket = {}, .command = std::move(operation)});
    };
    const auto room = [](const char* user, room_action::any action) {
        return change_room{.caller = {user}, .room = {"r"}, .action = std::move(action)};
    };
    ask(room("a", room_action::create{.members = {{"b"}, {"c"}, {"d"}}}));
    f.store.run_once();
    static_cast<void>(f.sink.take_moved());

    f.log.failing = true;
    for (const char* user : {"b", "c", "b", "d"}) ask(leave_rooms{.user = {user}}); // b twice
    while (f.store.run_once() > 0) {
    }
    CHECK(f.sink.take_moved().empty());
    f.time.advance(milliseconds{500});
    f.store.run_once(); // it still can't
    f.log.failing = false;
    ask(room("b", room_action::join{}));
    f.time.advance(milliseconds{500});
    CHECK(f.store.run_once() == 2); // no commit is bigger than others
    while (f.store.run_once() > 0) {
    }
    CHECK(f.sink.take_moved() == std::vector<std::string>{"-b@r", "-c@r", "-d@r", "+b@r"});
    f.time.advance(milliseconds{500});
    CHECK(f.store.run_once() == 0);
}

TEST_CASE("recovery is tried at intervals, also when nothing is asked") {
    fixture f({.recover_interval = milliseconds{500}});
    f.log.failing = true;
    REQUIRE(f.store.try_submit(append("a", "b")));
    f.store.run_once();
    for (int i = 0; i < 20; ++i) {
        f.time.advance(milliseconds{250});
        CHECK(f.store.run_once() == 0);
    }
    CHECK(f.log.recoveries == 10);
    f.log.failing = false;
    f.time.advance(milliseconds{500});
    f.store.run_once();
    CHECK(f.store.log_ok());
}

TEST_CASE("while the log can't be written users are still opened, and get entries after the recovery") {
    fixture f({.recover_interval = milliseconds{500}});
    REQUIRE(f.store.try_submit(append("a", "b")));
    f.store.run_once();
    f.log.failing = true;
    REQUIRE(f.store.try_submit(append("a", "b")));
    f.store.run_once();
    static_cast<void>(f.sink.take_batches());
    REQUIRE(f.store.try_submit(open("b")));
    f.store.run_once();
    CHECK(std::get<opened_user>(f.sink.take_completions().at(0).outcome).head == 1);
    f.log.unreadable = true;
    REQUIRE(f.store.try_submit(open("c")));
    f.store.run_once();
    CHECK(error_of(f.sink.take_completions().at(0)) == errc::persistence);

    f.log.failing = false;
    f.time.advance(milliseconds{500});
    REQUIRE(f.store.try_submit(append("a", "b")));
    f.store.run_once();
    std::size_t entries = 0;
    for (const auto& [shard, batch] : f.sink.take_batches()) entries += batch.entries.size();
    CHECK(entries == 1);
}

TEST_CASE("stopping answers all that is queued, closes the log once and takes nothing more") {
    fixture f({.max_operations_per_commit = 10});
    for (std::uint64_t i = 1; i <= 25; ++i) REQUIRE(f.store.try_submit(append("a", "b", i)));
    f.store.drain_and_stop();
    CHECK(f.sink.take_completions().size() == 25);
    CHECK(f.log.closes == 1);
    CHECK_FALSE(f.store.try_submit(append("a", "b")));
    f.store.drain_and_stop();
    CHECK(f.log.closes == 1);
}

TEST_CASE("with a thread: requests of several producers are all answered, each producer's in order") {
    constexpr std::uint64_t each = 2000;
    constexpr std::uint16_t producers = 3;
    fixture f({.shards = producers, .max_requests = 200});
    f.store.start();
    std::vector<std::thread> threads;
    for (std::uint16_t p = 0; p < producers; ++p) {
        threads.emplace_back([&, p] {
            for (std::uint64_t i = 1; i <= each; ++i) {
                auto request = append("user" + std::to_string(p), "sink", i, p);
                while (!f.store.try_submit(std::move(request))) {
                    f.store.wake();
                    std::this_thread::yield();
                }
                if (i % 7 == 0) f.store.wake();
            }
            f.store.wake();
        });
    }
    for (auto& thread : threads) thread.join();
    f.store.drain_and_stop();
    std::vector<std::uint64_t> next(producers, 1);
    std::uint64_t wrong = 0;
    for (const auto& [shard, batch] : f.sink.take_batches()) {
        for (const auto& done : batch.completions) {
            if (done.ticket.request != next[shard]) ++wrong;
            if (std::get<appended>(done.outcome).sender_seq != next[shard]) ++wrong;
            ++next[shard];
        }
    }
    CHECK(wrong == 0);
    for (const auto n : next) CHECK(n == each + 1);
}

TEST_CASE("with a thread: a log that fails is tried again without being asked") {
    scripted_log log;
    const system_clock time;
    recording_sink sink;
    store_thread store(log, time, sink, {.recover_interval = milliseconds{1}});
    log.failing = true;
    store.start();
    REQUIRE(store.try_submit(append("a", "b")));
    store.wake();
    while (store.log_ok()) std::this_thread::yield();
    log.failing = false;
    while (!store.log_ok()) std::this_thread::yield();
    store.drain_and_stop();
    CHECK(sink.take_completions().size() == 1);
}
