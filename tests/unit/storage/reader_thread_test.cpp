#include "server/storage/reader_thread.hpp"

#include "tests/unit/storage/scripted_log.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <thread>
#include <vector>

using namespace wsd;
using wsd::test::recording_sink;
using wsd::test::scripted_log;

namespace {

struct fixture {
    explicit fixture(const reader_options& options = {}) : reader(log, sink, options) {
        std::vector<log_operation> operations;
        for (int i = 0; i < 10; ++i) operations.emplace_back(append_direct{{"a"}, {"b"}, std::to_string(i), {}});
        operations.emplace_back(append_direct{{"b"}, {"a"}, "reply", {}});
        std::vector<log_outcome> outcomes(operations.size(), log_outcome{errc::invalid});
        REQUIRE(log.commit(operations, outcomes, 1).has_value());
    }
    static store_ticket ticket(std::uint64_t request, std::uint16_t shard = 0) {
        return {.connection = {.shard = shard}, .request = request};
    }
    static page_request page(std::uint64_t from, std::uint64_t to) {
        page_request made;
        made.user = {"b"};
        made.from = from;
        made.to = to;
        return made;
    }

    scripted_log log;
    recording_sink sink;
    reader_thread reader;
};

} // namespace

TEST_CASE("the reader answers each kind of job at the shard that asked, in order of arrival") {
    fixture f;
    resume_request resume;
    resume.user = {"b"};
    resume.start = 11;
    REQUIRE(f.reader.try_submit({.ticket = fixture::ticket(1, 2), .what = resume}));
    REQUIRE(f.reader.try_submit({.ticket = fixture::ticket(2, 0), .what = fixture::page(3, 5)}));
    REQUIRE(f.reader.try_submit({.ticket = fixture::ticket(3, 1), .what = contacts_request{.user = {"b"}}}));
    CHECK(f.reader.queue_depth() == 3);
    while (f.reader.run_once()) {
    }
    const auto replies = f.sink.take_replies();
    REQUIRE(replies.size() == 3);
    CHECK(replies[0].first == 2);
    CHECK(replies[0].second.ticket.request == 1);
    CHECK(std::get<resume_plan>(replies[0].second.outcome).count == 11);
    CHECK(replies[1].first == 0);
    const auto& page = std::get<log_page>(replies[1].second.outcome);
    REQUIRE(page.entries.size() == 3);
    CHECK(page.entries[0].message->content == "2");
    CHECK(replies[2].first == 1);
    CHECK(std::get<contact_list>(replies[2].second.outcome).users.at(0).value == "a");
    CHECK(f.reader.metrics().jobs == 3);
    CHECK(f.reader.metrics().entries == 3);
}

TEST_CASE("a full reader refuses, and takes jobs again when it has worked") {
    fixture f({.max_jobs = 2});
    REQUIRE(f.reader.try_submit({.ticket = fixture::ticket(1), .what = fixture::page(1, 1)}));
    REQUIRE(f.reader.try_submit({.ticket = fixture::ticket(2), .what = fixture::page(1, 1)}));
    CHECK_FALSE(f.reader.try_submit({.ticket = fixture::ticket(3), .what = fixture::page(1, 1)}));
    CHECK(f.reader.metrics().refused == 1);
    CHECK(f.reader.run_once());
    CHECK(f.reader.try_submit({.ticket = fixture::ticket(4), .what = fixture::page(1, 1)}));
}

TEST_CASE("a log that can't be opened for reading is an error of the job, and is tried again with the next one") {
    fixture f;
    f.log.unreadable = true;
    REQUIRE(f.reader.try_submit({.ticket = fixture::ticket(1), .what = fixture::page(1, 1)}));
    CHECK(f.reader.run_once());
    CHECK(std::get<errc>(f.sink.take_replies().at(0).second.outcome) == errc::persistence);
    CHECK(f.reader.metrics().failures == 1);
    f.log.unreadable = false;
    REQUIRE(f.reader.try_submit({.ticket = fixture::ticket(2), .what = fixture::page(1, 1)}));
    CHECK(f.reader.run_once());
    CHECK(std::get<log_page>(f.sink.take_replies().at(0).second.outcome).entries.size() == 1);
}

TEST_CASE("with a thread: every accepted job is answered once") {
    fixture f({.max_jobs = 50});
    f.reader.start();
    constexpr std::uint64_t count = 2000;
    for (std::uint64_t i = 1; i <= count; ++i) {
        while (!f.reader.try_submit({.ticket = fixture::ticket(i), .what = fixture::page(1, 11)}))
            std::this_thread::yield();
    }
    std::size_t answered = 0;
    std::uint64_t wrong = 0;
    while (answered < count) {
        for (const auto& [shard, reply] : f.sink.take_replies()) {
            if (reply.ticket.request != ++answered) ++wrong;
            if (std::get<log_page>(reply.outcome).entries.size() != 11) ++wrong;
        }
        std::this_thread::yield();
    }
    f.reader.stop();
    CHECK(wrong == 0);
    CHECK_FALSE(f.reader.try_submit({.ticket = fixture::ticket(1), .what = fixture::page(1, 1)}));
}
