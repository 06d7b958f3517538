#include "server/runtime/handshake_turns.hpp"

#include "server/runtime/run_loop.hpp"
#include "server/runtime/task_group.hpp"
#include "server/runtime/turn_clock.hpp"
#include "tests/support/manual_clock.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <catch_amalgamated.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace wsd;

namespace {

struct crowd {
    boost::asio::io_context io{1};
    std::vector<std::string> done;
    handshake_turns turns{io};
    task_group tasks{io, [](std::string_view what) { FAIL(what); }};

    task<> come(int number) {
        co_await turns.wait();
        done.push_back("first " + std::to_string(number));
        co_await turns.wait();
        done.push_back("second " + std::to_string(number));
    }
    void come_all(int count) {
        for (int number = 0; number < count; ++number) tasks.spawn(come(number));
        io.poll();
        io.restart();
    }
    void release(std::size_t steps) {
        REQUIRE(turns.release(steps));
        io.poll();
        io.restart();
    }
};

} // namespace

TEST_CASE("handshake turns: nobody goes on before it is released, and then the first of those who wait", "[runtime]") {
    crowd all;
    all.come_all(2);
    CHECK(all.done.empty());
    all.release(1);
    CHECK(all.done == std::vector<std::string>{"first 0"});
    all.release(2);
    CHECK(all.done == std::vector<std::string>{"first 0", "first 1", "second 0"});
    all.release(5);
    CHECK(all.done.back() == "second 1");
    CHECK_FALSE(all.turns.release(1));
    CHECK(all.tasks.running() == 0);
}

TEST_CASE("handshake turns: what has become ready meanwhile is done between two steps", "[runtime]") {
    crowd all;
    all.come_all(3);
    int messages = 0;
    const auto work = boost::asio::make_work_guard(all.io);
    test::manual_clock source;
    turn_clock time(source);
    run_loop(all.io, time, [&] {
        boost::asio::post(all.io, [&] { all.done.push_back("message " + std::to_string(++messages)); });
        const bool waited = all.turns.release(1);
        if (all.tasks.running() == 0) all.io.stop();
        return !waited;
    });
    REQUIRE(all.done.size() >= 12);
    for (std::size_t i = 0; i + 1 < 12; i += 2) {
        CHECK(all.done[i].starts_with("message"));
        CHECK_FALSE(all.done[i + 1].starts_with("message"));
    }
}

TEST_CASE("handshake turns: who still waits when the shard ends is destroyed", "[runtime]") {
    const auto held = std::make_shared<int>(0);
    {
        crowd all;
        all.tasks.spawn([](crowd& of, std::shared_ptr<int> copy) -> task<> {
            co_await of.turns.wait();
            ++*copy;
        }(all, held));
        all.io.poll();
        CHECK(held.use_count() > 1);
    }
    CHECK(held.use_count() == 1);
    CHECK(*held == 0);
}
