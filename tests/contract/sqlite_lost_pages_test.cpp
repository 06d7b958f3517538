#include "server/storage/sqlite_connection.hpp"
#include "server/storage/sqlite_log.hpp"
#include "tests/support/faulty_vfs.hpp"
#include "tests/support/log_fixture.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch_amalgamated.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace wsd;
using wsd::test::faulty_vfs;
using wsd::test::log_fixture;
using wsd::test::temporary_directory;

namespace {

constexpr int wal_pages = 64;

// A log whose checkpoints have copied a part of the write-ahead log, which syncs nothing, when the sync of the rest
// fails and takes what was copied before with it.
struct half_copied_log {
    faulty_vfs vfs;
    log_fixture f{sqlite_options{.fold_window = 8, .wal_pages = wal_pages, .vfs = vfs.name()}};
    std::vector<std::string> acknowledged;

    half_copied_log() {
        for (int i = 0; i < wal_pages; ++i) REQUIRE(send());
        {
            sqlite_connection old({.path = f.file("wsd.db"), .read_only = true, .keeps_wal = true});
            sqlite_statement look(old, "SELECT count(*) FROM messages"); // what comes after it can't be copied
            REQUIRE(look.step());
            for (int i = 0; i < 4 * wal_pages; ++i) REQUIRE(send());
        }
        faulty_vfs::now().database_sync_fails = true;
        int more = 0;
        while (send()) REQUIRE(++more < 10'000);
        REQUIRE_FALSE(faulty_vfs::now().database_sync_fails);
    }

    bool send() {
        const std::string content = std::string(500, 'x') + std::to_string(acknowledged.size());
        const std::vector<log_operation> operations{append_direct{{"ann"}, {"bob"}, content, ""}};
        std::vector<log_outcome> outcomes(1, log_outcome{errc::invalid});
        if (!f.log().commit(operations, outcomes, f.now)) return false;
        acknowledged.push_back(content);
        return true;
    }

    // The log that a power cut leaves, and what bob's log shows of it.
    void check_after_power_cut() {
        const temporary_directory left;
        std::ofstream(left.file("wsd.db"), std::ios::binary) << faulty_vfs::synced_database();
        for (const char* name : {"wsd.db-wal", "wsd.mark"})
            if (std::filesystem::exists(f.file(name))) std::filesystem::copy_file(f.file(name), left.file(name));
        const auto opened = open_sqlite_log({.directory = left.path()});
        INFO(opened.problem);
        REQUIRE(opened.log);
        const auto reader = opened.log->open_reader().value();
        const auto page =
            reader->read_page({.user = {"bob"}, .from = 1, .to = 10'000, .max_entries = 10'000, .max_bytes = 1 << 30});
        REQUIRE(page.has_value());
        std::vector<std::string> found;
        for (const log_entry& entry : page->entries) found.push_back(entry.message->content);
        CHECK(found.size() >= acknowledged.size()); // the outcome of the last one is not known
        found.resize(acknowledged.size());
        CHECK(found == acknowledged);
    }
};

} // namespace

TEST_CASE("a failed sync that takes what was copied before loses nothing acknowledged") {
    half_copied_log log;
    SECTION("when the log recovers") {
        REQUIRE(log.f.log().recover());
        SECTION("at once") {}
        SECTION("and goes on") {
            for (int i = 0; i < 3; ++i) REQUIRE(log.send());
        }
    }
    SECTION("when it is closed instead") { log.f.log().close(); }
    SECTION("when recovering fails, and it is closed") {
        faulty_vfs::now().database_sync_fails = true;
        REQUIRE_FALSE(log.f.log().recover());
        log.f.log().close();
    }
    log.check_after_power_cut();
}

TEST_CASE("a log whose last copying fails while it is closed keeps what was not copied") {
    faulty_vfs vfs;
    log_fixture f(sqlite_options{.vfs = vfs.name()});
    for (int i = 0; i < 10; ++i) static_cast<void>(f.send("ann", "bob"));
    faulty_vfs::now().database_sync_fails = true;
    f.log().close();
    REQUIRE_FALSE(faulty_vfs::now().database_sync_fails);
    CHECK(std::filesystem::file_size(f.file("wsd.db-wal")) > 0);
    f.reopen();
    CHECK(f.page("bob", 1, 10).entries.size() == 10);
}
