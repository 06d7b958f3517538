#include "tests/support/faulty_vfs.hpp"
#include "tests/support/log_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <random>
#include <string>
#include <vector>

using namespace wsd;
using wsd::test::faulty_vfs;
using wsd::test::log_fixture;

namespace {

struct faulty_log {
    explicit faulty_log(durability level = durability::fsync)
        : f(sqlite_options{.directory = {}, .level = level, .fold_window = 8, .wal_pages = 64, .vfs = vfs.name()}) {}

    // Whether one message could be committed.
    bool try_send(const std::string& content, const std::string& client_id = "") {
        const std::vector<log_operation> operations{append_direct{{"a"}, {"b"}, content, client_id}};
        std::vector<log_outcome> outcomes(1, log_outcome{errc::invalid});
        const auto done = f.log().commit(operations, outcomes, f.now);
        if (!done) CHECK(done.error() == errc::persistence);
        return done.has_value();
    }

    faulty_vfs vfs;
    faulty_vfs::faults& faults = faulty_vfs::now();
    log_fixture f;
};

// What is in the log is a prefix of what was tried, in order, with everything that was acknowledged.
void check_log(log_fixture& f, const std::vector<std::string>& acknowledged) {
    const auto head = f.open("b").head;
    const auto page = f.page("b", 1, head, 10'000);
    REQUIRE(page.entries.size() == head);
    std::size_t found = 0;
    for (std::size_t i = 0; i < page.entries.size(); ++i) {
        CHECK(page.entries[i].seq == i + 1);
        CHECK(page.entries[i].message->chat_seq == i + 1);
        if (found < acknowledged.size() && page.entries[i].message->content == acknowledged[found]) ++found;
    }
    CHECK(found == acknowledged.size());
}

} // namespace

TEST_CASE("with durability fsync every commit that writes is synced before it succeeds") {
    faulty_log log;
    for (int i = 0; i < 10; ++i) {
        const unsigned before = log.faults.syncs;
        CHECK(log.try_send("x"));
        CHECK(log.faults.syncs > before);
    }
}

TEST_CASE("with durability os commits do not sync") {
    faulty_log log(durability::os);
    const unsigned before = log.faults.syncs;
    for (int i = 0; i < 5; ++i) CHECK(log.try_send("x"));
    CHECK(log.faults.syncs == before);
}

TEST_CASE("a failed sync fails the commit and every later one until the log recovers") {
    faulty_log log;
    std::vector<std::string> acknowledged;
    for (int i = 0; i < 20; ++i) {
        acknowledged.push_back("before " + std::to_string(i));
        REQUIRE(log.try_send(acknowledged.back()));
    }
    CHECK(log.f.log().last_error().empty());

    log.faults.sync_fails = true;
    CHECK_FALSE(log.try_send("lost", "c-1"));
    CHECK_THAT(log.f.log().last_error(), Catch::Matchers::ContainsSubstring("wsd.db"));
    CHECK_FALSE(log.f.log().recover());
    CHECK_FALSE(log.try_send("lost too"));

    log.faults.sync_fails = false;
    CHECK_FALSE(log.try_send("not before recover says so"));
    REQUIRE(log.f.log().recover());
    acknowledged.emplace_back("after");
    REQUIRE(log.try_send(acknowledged.back()));
    REQUIRE(log.try_send("lost", "c-1")); // the client repeats: stored once, whether the first try is there or not
    REQUIRE(log.try_send("lost", "c-1"));
    check_log(log.f, acknowledged);
    log.f.reopen();
    check_log(log.f, acknowledged);
}

TEST_CASE("a sync that fails once and then seems to work makes nothing durable by itself") {
    faulty_log log;
    REQUIRE(log.try_send("one"));
    log.faults.syncs_until_failure = 0;
    CHECK_FALSE(log.try_send("two"));
    CHECK_FALSE(log.try_send("three"));
    const unsigned before = log.faults.syncs;
    REQUIRE(log.f.log().recover());
    CHECK(log.faults.syncs > before + 1); // what is believed was copied and synced anew, and a write was tried
    REQUIRE(log.try_send("four"));
    check_log(log.f, {"one", "four"});
}

TEST_CASE("a full disk fails the commit, reading goes on, and space makes it work again") {
    faulty_log log;
    std::vector<std::string> acknowledged;
    for (int i = 0; i < 20; ++i) {
        acknowledged.push_back("before " + std::to_string(i));
        REQUIRE(log.try_send(acknowledged.back()));
    }
    log.faults.disk_full = true;
    bool failed = false;
    for (int i = 0; i < 1000 && !failed; ++i) {
        acknowledged.push_back(std::string(4000, 'x') + std::to_string(i));
        failed = !log.try_send(acknowledged.back());
    }
    REQUIRE(failed);
    acknowledged.pop_back();
    CHECK_THAT(log.f.log().last_error(), Catch::Matchers::ContainsSubstring("full"));

    const auto page = log.f.page("b", 1, acknowledged.size(), 10'000);
    REQUIRE(page.entries.size() == acknowledged.size());
    CHECK(page.entries.back().message->content == acknowledged.back());
    for (int attempt = 0; attempt < 2; ++attempt) {
        const auto opened = log.f.log().open_unwritten({.user = {"b"}, .device = {"phone"}, .pending = {"c"}});
        REQUIRE(opened.has_value());
        CHECK(opened->head == acknowledged.size());
        CHECK_FALSE(log.f.log().recover());
    }

    log.faults.disk_full = false;
    REQUIRE(log.f.log().recover());
    acknowledged.emplace_back("after");
    REQUIRE(log.try_send(acknowledged.back()));
    check_log(log.f, acknowledged);
}

TEST_CASE("whatever fails and whenever, what was acknowledged stays and numbers are used once") {
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    faulty_log log;
    std::vector<std::string> acknowledged;
    for (int i = 0; i < 400; ++i) {
        auto& faults = log.faults;
        if (random() % 10 == 0) faults.syncs_until_failure = static_cast<int>(random() % 4);
        if (random() % 20 == 0) faults.disk_full = true;
        if (random() % 20 == 0) faults.write_fails = true;
        if (random() % 40 == 0) faults.read_fails = true;
        const auto content = "message " + std::to_string(i);
        if (log.try_send(content, random() % 2 == 0 ? content : "")) {
            acknowledged.push_back(content);
        } else if (random() % 2 == 0) {
            faults.syncs_until_failure = -1;
            faults.disk_full = faults.write_fails = faults.read_fails = false;
            REQUIRE(log.f.log().recover());
        }
    }
    log.faults.syncs_until_failure = -1;
    log.faults.disk_full = log.faults.write_fails = log.faults.read_fails = false;
    REQUIRE(log.f.log().recover());
    check_log(log.f, acknowledged);
    log.f.reopen();
    check_log(log.f, acknowledged);
}

TEST_CASE("a page that can't be read is an error of that request only") {
    faulty_log log;
    for (int i = 0; i < 50; ++i) REQUIRE(log.try_send("x"));
    log.f.reopen();
    auto& reader = log.f.reader();
    page_request request;
    request.user = {"b"};
    request.from = 1;
    request.to = 50;
    log.faults.read_fails = true;
    CHECK(reader.read_page(request).has_error());
    log.faults.read_fails = false;
    CHECK(reader.read_page(request).value().entries.size() == 50);
}
