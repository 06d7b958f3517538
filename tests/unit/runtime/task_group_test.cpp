#include "server/runtime/task_group.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch_amalgamated.hpp>

#include <stdexcept>
#include <string>

using namespace wsd;

namespace {

task<> turns(boost::asio::io_context& io, int count, std::string& trace) {
    trace += 'b';
    for (int i = 0; i < count; ++i) {
        co_await boost::asio::post(io, boost::asio::use_awaitable_t<executor>());
    }
    trace += 'e';
}

task<> fails(boost::asio::io_context& io) {
    co_await boost::asio::post(io, boost::asio::use_awaitable_t<executor>());
    throw std::runtime_error("broken");
}

struct fixture {
    boost::asio::io_context io;
    std::string failures;
    task_group group{io, [this](std::string_view what) { failures += std::string(what) + ";"; }};
    std::string trace;
};

} // namespace

TEST_CASE("a group counts its tasks until each has ended", "[runtime]") {
    fixture f;
    CHECK(f.group.running() == 0);
    f.group.spawn(turns(f.io, 1, f.trace));
    f.group.spawn(turns(f.io, 5, f.trace));
    CHECK(f.trace == "");
    CHECK(f.group.running() == 2);
    while (f.group.running() == 2) f.io.run_one();
    CHECK(f.trace == "bbe");
    f.io.run();
    CHECK(f.group.running() == 0);
    CHECK(f.trace == "bbee");
    CHECK(f.failures.empty());
}

TEST_CASE("a task spawned by a handler of the context runs up to its first suspension inside spawn", "[runtime]") {
    fixture f;
    boost::asio::post(f.io, [&] {
        f.group.spawn(turns(f.io, 1, f.trace));
        f.trace += 'h';
    });
    f.io.run();
    CHECK(f.trace == "bhe");
}

TEST_CASE("an exception that leaves a task is reported and the group goes on", "[runtime]") {
    fixture f;
    f.group.spawn(turns(f.io, 3, f.trace));
    f.group.spawn(fails(f.io));
    f.io.run();
    CHECK(f.failures == "broken;");
    CHECK(f.trace == "be");
    CHECK(f.group.running() == 0);
}

TEST_CASE("tasks that wait for ever end with the io_context", "[runtime]") {
    std::string trace;
    {
        fixture f;
        f.group.spawn(turns(f.io, 1'000'000, trace));
        f.io.run_one();
        CHECK(f.group.running() == 1);
    }
    CHECK(trace == "b");
}
