#include "server/storage/sqlite_log.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch_amalgamated.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace wsd;
using wsd::test::temporary_directory;

namespace {

constexpr std::uint64_t per_commit = 20;

// Every message has its number as content and as client id.
std::vector<log_operation> batch(std::uint64_t first) {
    std::vector<log_operation> operations;
    for (std::uint64_t i = first; i < first + per_commit; ++i) {
        const auto text = std::to_string(i);
        operations.emplace_back(append_direct{{"a" + std::to_string(i % 3)}, {"b"}, text, text});
    }
    operations.emplace_back(confirm_up_to{{"b"}, {}, first / 2});
    return operations;
}

// In a child process: commits for ever and writes to `out` after each commit up to where that went.
[[noreturn]] void commit_until_killed(const std::string& directory, std::uint64_t first, int out) {
    auto opened = open_sqlite_log({.directory = directory, .fold_window = 300, .wal_pages = 200});
    if (!opened.log) ::_exit(2);
    for (std::uint64_t next = first;; next += per_commit) {
        const auto operations = batch(next);
        std::vector<log_outcome> outcomes(operations.size(), log_outcome{errc::invalid});
        if (!opened.log->commit(operations, outcomes, static_cast<timestamp>(next))) ::_exit(3);
        const std::uint64_t done = next + per_commit - 1;
        if (::write(out, &done, sizeof done) != sizeof done) ::_exit(4);
    }
}

// The last number that the child has reported before it was killed.
std::uint64_t run_and_kill(const std::string& directory, std::uint64_t first, std::chrono::milliseconds after) {
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::close(pipe[0]);
        commit_until_killed(directory, first, pipe[1]);
    }
    ::close(pipe[1]);
    std::uint64_t acknowledged = first - 1;
    const auto deadline = std::chrono::steady_clock::now() + after;
    while (std::chrono::steady_clock::now() < deadline || acknowledged < first) {
        if (::read(pipe[0], &acknowledged, sizeof acknowledged) != sizeof acknowledged) break;
    }
    ::kill(child, SIGKILL);
    while (::read(pipe[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged) {
    }
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    return acknowledged;
}

} // namespace

TEST_CASE("after kill -9 every acknowledged message is there once, in order, and whole commits only") {
    temporary_directory directory;
    std::uint64_t next = 1;
    for (int cycle = 0; cycle < 6; ++cycle) {
        const auto acknowledged = run_and_kill(directory.path(), next, std::chrono::milliseconds(30 + 60 * cycle));
        auto opened = open_sqlite_log({.directory = directory.path(), .fold_window = 300, .wal_pages = 200});
        INFO(opened.problem);
        REQUIRE(opened.log);
        auto reader = opened.log->open_reader().value();

        std::vector<log_operation> ask{open_user{.user = {"b"}, .device = {}, .pending = {}}};
        std::vector<log_outcome> answer(1, log_outcome{errc::invalid});
        REQUIRE(opened.log->commit(ask, answer, 1).has_value());
        const auto head = std::get<opened_user>(answer[0]).head;
        CHECK(head >= acknowledged);
        CHECK(head % per_commit == 0);
        for (std::uint64_t from = 1; from <= head;) {
            page_request request;
            request.user = {"b"};
            request.from = from;
            request.to = head;
            const auto page = reader->read_page(request).value();
            REQUIRE_FALSE(page.entries.empty());
            for (const auto& entry : page.entries) {
                REQUIRE(entry.seq == from);
                REQUIRE(entry.message->content == std::to_string(from));
                ++from;
            }
        }
        // A client that saw no answer repeats its message: it is stored once.
        auto repeat = batch(head - per_commit + 1);
        std::vector<log_outcome> outcomes(repeat.size(), log_outcome{errc::invalid});
        REQUIRE(opened.log->commit(repeat, outcomes, 1).has_value());
        for (std::size_t i = 0; i < per_commit; ++i) CHECK(std::get<appended>(outcomes[i]).duplicate);
        next = head + 1;
        reader.reset();
        if (cycle % 2 == 0) opened.log->close();
    }
}

TEST_CASE("readers beside the writer see whole and contiguous logs while indexes are folded") {
    temporary_directory directory;
    auto opened =
        open_sqlite_log({.directory = directory.path(), .level = durability::os, .fold_window = 50, .wal_pages = 100});
    REQUIRE(opened.log);
    std::atomic<std::uint64_t> committed{0};
    std::atomic<std::uint64_t> wrong{0};
    std::atomic<std::uint64_t> pages{0};
    constexpr std::uint64_t count = 4000;

    std::thread reading([&, reader = std::shared_ptr<log_reader>(opened.log->open_reader().value())] {
        std::uint64_t from = 1;
        while (from <= count) {
            const auto to = committed.load();
            if (from > to) {
                std::this_thread::yield();
                continue;
            }
            page_request request;
            request.user = {"b"};
            request.from = from;
            request.to = to;
            request.max_entries = 64;
            const auto page = reader->read_page(request);
            if (!page || page->entries.empty()) {
                ++wrong;
                break;
            }
            for (const auto& entry : page->entries) {
                if (entry.seq != from || entry.message->content != std::to_string(from)) ++wrong;
                ++from;
            }
            ++pages;
        }
    });
    for (std::uint64_t next = 1; next <= count; next += per_commit) {
        auto operations = batch(next);
        std::vector<log_outcome> outcomes(operations.size(), log_outcome{errc::invalid});
        if (!opened.log->commit(operations, outcomes, 1)) break;
        committed = next + per_commit - 1;
    }
    CHECK(committed == count);
    committed = count;
    reading.join();
    CHECK(wrong == 0);
    CHECK(pages > 0);
}
