#include "server/observe/log.hpp"
#include "tests/support/recording_logger.hpp"

#include <catch_amalgamated.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

using namespace wsd;

namespace {

class pipe_pair {
  public:
    pipe_pair() { REQUIRE(::pipe(ends_.data()) == 0); }
    ~pipe_pair() {
        close_reader();
        ::close(ends_[1]);
    }
    pipe_pair(const pipe_pair&) = delete;
    pipe_pair& operator=(const pipe_pair&) = delete;

    [[nodiscard]] int writer() const { return ends_[1]; }
    void close_reader() {
        if (ends_[0] >= 0) ::close(ends_[0]);
        ends_[0] = -1;
    }
    // Everything that is in the pipe now.
    [[nodiscard]] std::string drain() const {
        ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
        std::string out;
        std::array<char, 65536> buffer{};
        for (ssize_t n = 0; (n = ::read(ends_[0], buffer.data(), buffer.size())) > 0;) {
            out.append(buffer.data(), static_cast<std::size_t>(n));
        }
        return out;
    }

  private:
    std::array<int, 2> ends_{};
};

std::size_t lines_in(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

} // namespace

TEST_CASE("lines reach the descriptor before the logger is gone, in order", "[observe]") {
    pipe_pair pipe;
    const system_clock time;
    std::string text;
    {
        const auto log = make_async_logger(time, {.descriptor = pipe.writer()});
        for (int i = 0; i < 100; ++i) log->log_event(log_level::info, "tick", {{"n", i}});
        CHECK(log->dropped_lines() == 0);
    }
    text = pipe.drain();
    REQUIRE(lines_in(text) == 100);
    CHECK(text.find("info tick n=0\n") < text.find("info tick n=1\n"));
    CHECK(text.ends_with("info tick n=99\n"));
}

TEST_CASE("a line below the least level is not made", "[observe]") {
    test::recording_logger log(log_level::warn);
    CHECK_FALSE(log.log_enabled(log_level::info));
    log.log_event(log_level::info, "quiet");
    log.log_event(log_level::warn, "loud", {{"user", user_id{"a b"}}});
    CHECK(log.text() == "1970-01-01T00:00:00.000Z warn loud user=\"a b\"\n");
}

TEST_CASE("a log that nobody reads loses the oldest lines, counts them and delays nobody", "[observe]") {
    pipe_pair pipe;
    ::fcntl(pipe.writer(), F_SETPIPE_SZ, 4096);
    const system_clock time;
    constexpr std::size_t made = 2000;
    std::uint64_t dropped_while_running = 0;
    {
        const auto log = make_async_logger(time, {.json = true, .descriptor = pipe.writer(), .queue_lines = 50});
        for (std::size_t i = 0; i < made; ++i) log->log_event(log_level::info, "flood", {{"n", i}});
        dropped_while_running = log->dropped_lines();
    }
    // Reaching this line at all shows that neither the calls nor the destructor waited for the reader.
    const std::string text = pipe.drain();
    CHECK(lines_in(text) < 100);
    CHECK(text.ends_with("}\n"));
    CHECK(dropped_while_running >= made - 100 - 50);
}

TEST_CASE("a closed log costs lines only", "[observe]") {
    std::signal(SIGPIPE, SIG_IGN);
    pipe_pair pipe;
    pipe.close_reader();
    const system_clock time;
    const auto log = make_async_logger(time, {.descriptor = pipe.writer()});
    log->log_event(log_level::info, "unheard");
    while (log->dropped_lines() == 0) std::this_thread::yield();
    CHECK(log->dropped_lines() == 1);
}

TEST_CASE("lines of several threads do not mix", "[observe]") {
    pipe_pair pipe;
    ::fcntl(pipe.writer(), F_SETPIPE_SZ, 1 << 20);
    const system_clock time;
    {
        const auto log = make_async_logger(time, {.descriptor = pipe.writer()});
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&log, t] {
                for (int i = 0; i < 500; ++i) log->log_event(log_level::info, "turn", {{"thread", t}, {"n", i}});
            });
        }
    }
    const std::string text = pipe.drain();
    CHECK(lines_in(text) == 2000);
    for (std::size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1) {
        REQUIRE(text.substr(begin, 44).find(" info turn thread=") == 24);
    }
}
