#include "server/storage/sqlite_log.hpp"

#include "server/storage/sqlite_connection.hpp"
#include "server/storage/sqlite_room_rows.hpp"
#include "server/storage/sqlite_schema.hpp"
#include "tests/support/log_fixture.hpp"
#include "tests/support/room_fixture.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch_amalgamated.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <unistd.h>

using namespace wsd;
using Catch::Matchers::ContainsSubstring;
using wsd::test::log_fixture;
using wsd::test::temporary_directory;

namespace {

std::string problem_with(const std::string& directory) {
    auto opened = open_sqlite_log({.directory = directory, .level = durability::os});
    CHECK((opened.log == nullptr) == !opened.problem.empty());
    return opened.problem;
}

std::string contents_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void overwrite(const std::string& file, std::size_t at, const std::string& with) {
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(static_cast<std::streamoff>(at));
    out << with;
}

} // namespace

TEST_CASE("a second log on the same directory is refused, naming the process that has it") {
    log_fixture first("sqlite");
    const auto directory = std::filesystem::path(first.file("lock")).parent_path().string();
    CHECK_THAT(problem_with(directory),
               ContainsSubstring(directory) && ContainsSubstring("process " + std::to_string(::getpid())));
    CHECK(first.send("a", "b").sender_seq == 1); // it goes on undisturbed
}

TEST_CASE("the directory is free again when the log is gone") {
    temporary_directory directory;
    CHECK(problem_with(directory.path()).empty());
    CHECK(problem_with(directory.path()).empty());
}

TEST_CASE("a missing directory is made, readable by nobody else") {
    temporary_directory directory;
    const auto made = directory.file("deep/er");
    CHECK(problem_with(made).empty());
    CHECK((std::filesystem::status(made).permissions() & std::filesystem::perms(077)) == std::filesystem::perms::none);
}

TEST_CASE("a path that can't be a data directory is refused with its name") {
    temporary_directory directory;
    std::ofstream(directory.file("plain")) << "x";
    CHECK_THAT(problem_with(directory.file("plain")), ContainsSubstring("plain is not a directory"));
    CHECK_THAT(problem_with(directory.file("plain/below")), ContainsSubstring("plain/below"));
    CHECK_THAT(problem_with("/proc/wsd"), ContainsSubstring("/proc/wsd can't be made"));
}

TEST_CASE("a database of a newer schema is refused and left alone") {
    temporary_directory directory;
    CHECK(problem_with(directory.path()).empty());
    {
        sqlite_connection database({.path = directory.file("wsd.db")});
        REQUIRE(database.execute("PRAGMA user_version=99"));
    }
    CHECK_THAT(problem_with(directory.path()), ContainsSubstring("version 99") && ContainsSubstring("wsd.db"));
    sqlite_connection database({.path = directory.file("wsd.db")});
    CHECK(database.query_integer("PRAGMA user_version") == 99);
}

TEST_CASE("a database of a version that no schema has is refused as damaged and left alone") {
    temporary_directory directory;
    CHECK(problem_with(directory.path()).empty());
    const std::string version = GENERATE("-1", "-2147483648");
    {
        sqlite_connection database({.path = directory.file("wsd.db")});
        REQUIRE(database.execute(("PRAGMA user_version=" + version).c_str()));
    }
    CHECK_THAT(problem_with(directory.path()), ContainsSubstring("is damaged") && ContainsSubstring(version));
    sqlite_connection database({.path = directory.file("wsd.db")});
    CHECK(std::to_string(database.query_integer("PRAGMA user_version")) == version);
}

TEST_CASE("migrations are applied step by step, each whole or not at all") {
    temporary_directory directory;
    const auto path = directory.file("some.db");
    sqlite_connection database({.path = path, .create = true});
    const std::array first{"CREATE TABLE one(a); INSERT INTO one VALUES(1)"};
    CHECK(migrate(database, path, first).empty());
    const std::array broken{first[0], "CREATE TABLE two(a)", "CREATE TABLE three(a); INSERT INTO nowhere VALUES(1)"};
    CHECK_THAT(migrate(database, path, broken), ContainsSubstring("version 3") && ContainsSubstring("nowhere"));
    database.forget_failure();
    CHECK(database.query_integer("PRAGMA user_version") == 2);
    CHECK(database.query_integer("SELECT count(*) FROM sqlite_schema") == 2);
    CHECK(database.query_integer("SELECT a FROM one") == 1);
}

TEST_CASE("what an index held before its rows had checksums is taken as it is") {
    temporary_directory directory;
    const auto path = directory.file("some.db");
    sqlite_connection database({.path = path, .create = true});
    REQUIRE(migrate(database, path, schema_steps().first(1)).empty());
    REQUIRE(database.execute("INSERT INTO inbox VALUES(7, 113, x'0102030405060708');"
                             "INSERT INTO chat_log VALUES(8, 1, x'');"
                             "INSERT INTO room_entries VALUES(9, x'01')"));
    REQUIRE(migrate(database, path).empty());
    const auto sum = [&](const char* sql) { return static_cast<std::uint64_t>(database.query_integer(sql)); };
    CHECK(sum("SELECT checksum FROM inbox") == checksum_of(7, 113, "\1\2\3\4\5\6\7\10"));
    CHECK(sum("SELECT checksum FROM chat_log") == checksum_of(8, 1, ""));
    CHECK(sum("SELECT checksum FROM room_entries") == checksum_of(9, 0, "\1"));
}

TEST_CASE("a directory keeps its epoch, and no two have the same") {
    log_fixture one("sqlite");
    log_fixture two("sqlite");
    const auto epoch = one.log().identity().epoch;
    CHECK(epoch.size() == 32);
    CHECK(epoch != two.log().identity().epoch);
    one.reopen();
    CHECK(one.log().identity().epoch == epoch);
    CHECK(one.log().identity().level == durability::os);
}

TEST_CASE("a file that is no database is refused as damaged") {
    temporary_directory directory;
    std::ofstream(directory.file("wsd.db")) << std::string(10'000, 'x');
    CHECK_THAT(problem_with(directory.path()), ContainsSubstring("wsd.db is damaged"));
    CHECK_FALSE(std::filesystem::exists(directory.file("wsd.db-shm"))); // nothing was opened that stays open
}

TEST_CASE("a damaged page is found when the log was not closed properly") {
    temporary_directory directory;
    {
        auto opened = open_sqlite_log({.directory = directory.path(), .level = durability::os});
        std::vector<log_operation> operations;
        for (int i = 0; i < 200; ++i) operations.emplace_back(append_direct{{"a"}, {"b"}, std::string(200, 'x'), {}});
        std::vector<log_outcome> outcomes(operations.size(), log_outcome{errc::invalid});
        REQUIRE(opened.log->commit(operations, outcomes, 1).has_value());
        opened.log->close();
    }
    {
        sqlite_connection database({.path = directory.file("wsd.db")});
        REQUIRE(database.execute("UPDATE meta SET value=0 WHERE name='clean'"));
        REQUIRE(database.checkpoint(sqlite_connection::checkpoint_kind::truncate));
    }
    const auto size = contents_of(directory.file("wsd.db")).size();
    overwrite(directory.file("wsd.db"), size / 4096 / 2 * 4096, std::string(4096, '\x7f'));
    CHECK_THAT(problem_with(directory.path()), ContainsSubstring("wsd.db is damaged"));
}

TEST_CASE("a message whose bytes were changed on the disk is an error and never shown") {
    log_fixture f("sqlite");
    static_cast<void>(f.send("a", "b", "before"));
    const auto sent = f.send("a", "b", "the original text", "c-1");
    static_cast<void>(f.send("a", "b", "behind"));
    for (int i = 0; i < 40; ++i) static_cast<void>(f.send("c", "d")); // so that it is not looked at by the start
    const auto file = f.file("wsd.db");
    f.reopen(); // it is in the file now, and no more in the write-ahead log
    const auto at = contents_of(file).find("the original text");
    REQUIRE(at != std::string::npos);
    overwrite(file, at, "the forgery  text");
    f.reopen();
    CHECK(f.page("b", 1, 1).entries.size() == 1);
    page_request request;
    request.user = {"b"};
    request.from = 1;
    request.to = 3;
    const auto page = f.reader().read_page(request);
    REQUIRE(page.has_error());
    CHECK(page.error() == errc::persistence);
    CHECK(f.page("b", 3, 3).entries.size() == 1);
    CHECK(std::get<errc>(f.apply(append_direct{{"a"}, {"b"}, "the original text", "c-1"})) == errc::persistence);
}

TEST_CASE("the write-ahead log stays small however much is written") {
    log_fixture f("sqlite");
    std::uintmax_t largest = 0;
    for (int i = 0; i < 1500; ++i) {
        static_cast<void>(f.send("a" + std::to_string(i % 50), "b", std::string(500, 'x')));
        largest = std::max(largest, std::filesystem::file_size(f.file("wsd.db-wal")));
    }
    // 64 pages is where copying begins, four times that where the writer waits for it.
    CHECK(largest < std::uintmax_t{64} * 5 * 4200);
    CHECK(f.page("b", 1, 1500, 1500).entries.size() > 400);
}

TEST_CASE("who had an entry of a room's message is forgotten when that is in the logs' tables", "[room]") {
    wsd::test::room_fixture f("sqlite");
    (void)f.create("a", "r", {"b"});
    const std::vector<log_operation> operations(100, append_room{{"a"}, {"r"}, "x", "text", ""});
    for (int i = 0; i < 60; ++i) (void)f.commit(operations);
    const auto rows = [&f] {
        sqlite_connection database({.path = f.file("wsd.db")});
        return database.query_integer("SELECT count(*) FROM room_entries");
    };
    CHECK(rows() < 2000); // of 6,000 messages
    f.reopen();
    const auto id = f.page("b", 100, 100).entries.at(0).message->id;
    CHECK(f.plan({.user = {"b"}, .start = 6001, .last_seen = id.to_string()}).from == 101);
    CHECK(f.page("b", 5902, 6001).entries.size() == 100);
    (void)f.commit(operations);
    CHECK(f.open("b").head == 6101);
    CHECK(f.page("b", 6002, 6101).entries.size() == 100);
}

TEST_CASE("nothing is left of the client ids of a room that has ended, whether they were in their table or not",
          "[room]") {
    wsd::test::room_fixture f("sqlite");
    (void)f.create("ann", "r");
    for (int i = 0; i < 12; ++i) (void)f.post("ann", "r", "x", std::to_string(i));
    (void)f.erase("ann", "r");
    for (int round = 0; round < 3; ++round) (void)f.trim();
    for (int i = 0; i < 60; ++i) (void)f.send("ann", "bob", "x", i % 2 == 0 ? "d" + std::to_string(i) : "");
    f.log().close();
    sqlite_connection database({.path = f.file("wsd.db")});
    CHECK(database.query_integer("SELECT count(*) FROM client_ids") > 20);
    CHECK(database.query_integer("SELECT count(*) FROM client_ids WHERE message IN "
                                 "(SELECT id FROM messages WHERE client_id IS NULL)") == 0);
}
