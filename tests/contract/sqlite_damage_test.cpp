#include "server/storage/sqlite_log.hpp"

#include "server/storage/commit_mark.hpp"
#include "server/storage/sqlite_connection.hpp"
#include "tests/support/faulty_vfs.hpp"
#include "tests/support/log_fixture.hpp"
#include "tests/support/room_fixture.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch_amalgamated.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

using namespace wsd;
using Catch::Matchers::ContainsSubstring;
using wsd::test::log_fixture;
using wsd::test::temporary_directory;

namespace {

constexpr std::size_t wal_header = 32, frame = 24 + 4096;

std::string contents_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& file, const std::string& octets) { std::ofstream(file, std::ios::binary) << octets; }

// What a killed process leaves of a log with twelve messages from ann to bob, each acknowledged, none copied into the
// database; may be opened by another log.
class crashed {
  public:
    explicit crashed(durability level = durability::fsync) : level_(level) {
        const temporary_directory living;
        const auto opened = open_sqlite_log({.directory = living.path(), .level = level});
        for (int i = 1; i <= 12; ++i) send(*opened.log, "message " + std::to_string(i));
        copy(living, *this);
        epoch_ = opened.log->identity().epoch;
    }

    static void send(message_log& log, const std::string& content) {
        const std::vector<log_operation> operations{append_direct{{"ann"}, {"bob"}, content, {}}};
        std::vector<log_outcome> outcomes(1, log_outcome{errc::invalid});
        REQUIRE(log.commit(operations, outcomes, 1).has_value());
    }

    [[nodiscard]] std::string file(const char* name) const { return folder_.file(name); }
    [[nodiscard]] const std::string& epoch() const { return epoch_; }

    [[nodiscard]] opened_log open() const { return open_sqlite_log({.directory = folder_.path(), .level = level_}); }

    // Everything that was acknowledged is there, under the same name.
    void check_whole() const {
        const auto opened = open();
        INFO(opened.problem);
        REQUIRE(opened.log);
        CHECK(opened.log->identity().epoch == epoch_);
        CHECK(opened.notice.empty());
        CHECK(count(*opened.log) == 12);
        opened.log->close();
    }

    void check_refused() const {
        const auto opened = open();
        CHECK(opened.log == nullptr);
        CHECK_THAT(opened.problem, ContainsSubstring("lacks what was acknowledged") && ContainsSubstring("wsd.db-wal"));
    }

    [[nodiscard]] static std::size_t count(message_log& log) {
        const auto page = log.open_reader().value()->read_page({.user = {"bob"}, .from = 1, .to = 100});
        REQUIRE(page.has_value());
        return page->entries.size();
    }

    // Rewrites the mark as if it were from before the machine was started.
    void start_machine() const {
        change_mark([](commit_mark& mark) { mark.boot = "another"; });
    }

    template <class Change> void change_mark(Change&& change) const {
        mark_file file;
        REQUIRE(file.open(folder_.path(), folder_.file("wsd.mark")));
        auto mark = read_mark(file);
        change(mark);
        REQUIRE(file.write(mark, mark_file::sync::no));
    }
    [[nodiscard]] commit_mark read_mark() const {
        mark_file file;
        REQUIRE(file.open(folder_.path(), folder_.file("wsd.mark")));
        return read_mark(file);
    }
    [[nodiscard]] opened_log open(const sqlite_options& how) const {
        sqlite_options options = how;
        options.directory = folder_.path();
        return open_sqlite_log(options);
    }

  private:
    static commit_mark read_mark(const mark_file& file) {
        std::optional<commit_mark> mark;
        REQUIRE(file.read(mark));
        REQUIRE(mark);
        return *mark;
    }
    static void copy(const temporary_directory& from, const crashed& to) {
        for (const char* name : {"wsd.db", "wsd.db-wal", "wsd.mark"})
            if (std::filesystem::exists(from.file(name))) write(to.file(name), contents_of(from.file(name)));
    }

    temporary_directory folder_;
    durability level_;
    std::string epoch_;
};

} // namespace

TEST_CASE("a log that was left by a kill is whole, and stays so when other programs look into it") {
    const crashed log;
    SECTION("at once") {}
    SECTION("after a program that copied the write-ahead log into the database and removed it") {
        {
            CHECK(sqlite_connection({.path = log.file("wsd.db")}).query_integer("SELECT count(*) FROM messages") == 12);
        }
        REQUIRE_FALSE(std::filesystem::exists(log.file("wsd.db-wal")));
    }
    SECTION("with a transaction behind it that the kill has torn") {
        std::ofstream(log.file("wsd.db-wal"), std::ios::binary | std::ios::app) << std::string(5000, 'x');
    }
    SECTION("on a machine that was started anew") { log.start_machine(); }
    log.check_whole();
    log.check_whole();
}

TEST_CASE("a start that could not make durable what it found promises no more than was promised before") {
    const crashed log;
    // As if the process had been killed when the last commit had been written but not synced: nobody was told of it.
    log.change_mark([](commit_mark& mark) {
        mark.last_offset -= 1;
        mark.wal->frames -= 1;
    });
    const auto promised = log.read_mark().last_offset;
    {
        const wsd::test::faulty_vfs vfs;
        wsd::test::faulty_vfs::now().sync_fails = true;
        CHECK(log.open({.vfs = vfs.name()}).log == nullptr);
        wsd::test::faulty_vfs::now().sync_fails = false;
    }
    CHECK(log.read_mark().last_offset == promised);
    log.check_whole();
    CHECK(log.read_mark().last_offset == promised + 1);
}

TEST_CASE("what a log with os holds counts as synced once it is") {
    const crashed log(durability::os);
    {
        const wsd::test::faulty_vfs vfs;
        wsd::test::faulty_vfs::now().sync_fails = true;
        CHECK(log.open({.vfs = vfs.name()}).log == nullptr);
        wsd::test::faulty_vfs::now().sync_fails = false;
    }
    CHECK_FALSE(log.read_mark().synced);
    REQUIRE(log.open(sqlite_options{}).log);
    CHECK(log.read_mark().synced);
}

TEST_CASE("a write-ahead log that another program made is no damage") {
    for (int attempt = 0; attempt < 6; ++attempt) { // its generation is random
        const crashed log;
        {
            CHECK(sqlite_connection({.path = log.file("wsd.db")}).query_integer("SELECT count(*) FROM messages") == 12);
        }
        {
            sqlite_connection other({.path = log.file("wsd.db"), .keeps_wal = true});
            REQUIRE(other.execute("UPDATE meta SET value=value+1 WHERE name='probe'"));
        }
        REQUIRE(std::filesystem::exists(log.file("wsd.db-wal")));
        log.check_whole();
    }
}

TEST_CASE("one changed octet in the write-ahead log is noticed at the start wherever it is") {
    const crashed log;
    const auto path = log.file("wsd.db-wal");
    const auto whole = contents_of(path);
    const auto frames = (whole.size() - wal_header) / frame;
    REQUIRE(frames > 12);
    const auto place = GENERATE(as<std::size_t>{}, 0, 1, 2, 3, 4, 5, 6);
    const std::size_t places[] = {3,                                            // the header
                                  18,                                           // its salts
                                  wal_header + frames / 2 * frame + 24 + 100,   // in the middle: a page,
                                  wal_header + frames / 2 * frame + 1,          // a frame's header,
                                  wal_header + frames / 2 * frame + 17,         // its checksum
                                  wal_header + (frames - 1) * frame + 24 + 100, // the last commit
                                  wal_header + (frames - 1) * frame + 9};
    auto octets = whole;
    octets[places[place]] = static_cast<char>(octets[places[place]] ^ 1);
    write(path, octets);
    log.check_refused();
    CHECK(contents_of(path) == octets); // who refuses leaves it as it was
    write(path, whole);
    log.check_whole();
}

TEST_CASE("a write-ahead log that was cut or removed is noticed at the start") {
    const crashed log;
    const auto path = log.file("wsd.db-wal");
    const auto size = std::filesystem::file_size(path);
    SECTION("half") { std::filesystem::resize_file(path, size / 2); }
    SECTION("one octet short") { std::filesystem::resize_file(path, size - 1); }
    SECTION("to nothing") { std::filesystem::resize_file(path, 0); }
    SECTION("within its header") { std::filesystem::resize_file(path, 20); }
    SECTION("removed") { std::filesystem::remove(path); }
    log.check_refused();
    log.check_refused();
}

TEST_CASE("a log without its last messages goes on under another epoch") {
    const crashed log;
    std::filesystem::resize_file(log.file("wsd.db-wal"), std::filesystem::file_size(log.file("wsd.db-wal")) / 2);
    log.check_refused();
    SECTION("when its mark is removed") { std::filesystem::remove(log.file("wsd.mark")); }
    SECTION("when it is given one") {
        sqlite_connection database({.path = log.file("wsd.db")});
        REQUIRE(database.execute("UPDATE meta SET value=lower(hex(randomblob(16))) WHERE name='epoch'"));
    }
    std::string epoch;
    {
        const auto opened = log.open();
        REQUIRE(opened.log);
        epoch = opened.log->identity().epoch;
        CHECK(epoch != log.epoch());
        crashed::send(*opened.log, "more");
    }
    const auto opened = log.open();
    REQUIRE(opened.log);
    CHECK(opened.log->identity().epoch == epoch);
    CHECK(opened.notice.empty());
}

TEST_CASE("with durability os a log keeps its epoch when it was killed, and gets another when the machine has ended") {
    const crashed log(durability::os);
    SECTION("killed") { log.check_whole(); }
    SECTION("killed, and damaged") {
        std::filesystem::resize_file(log.file("wsd.db-wal"), 5000);
        log.check_refused();
    }
    SECTION("the machine has ended") {
        log.start_machine();
        std::filesystem::resize_file(log.file("wsd.db-wal"), 5000);
        std::string epoch;
        {
            const auto opened = log.open();
            REQUIRE(opened.log);
            epoch = opened.log->identity().epoch;
            CHECK(epoch != log.epoch());
            CHECK_THAT(opened.notice, ContainsSubstring("WS_DURABILITY=os"));
            crashed::send(*opened.log, "more");
            opened.log->close();
        }
        log.start_machine(); // after a proper end nothing was lost
        const auto opened = log.open();
        REQUIRE(opened.log);
        CHECK(opened.log->identity().epoch == epoch);
        CHECK(opened.notice.empty());
    }
}

TEST_CASE("a database that lacks the end of a log that was closed is refused") {
    log_fixture f("sqlite");
    for (int i = 0; i < 3; ++i) static_cast<void>(f.send("a", "b"));
    f.log().close();
    {
        sqlite_connection database({.path = f.file("wsd.db")});
        REQUIRE(database.execute("DELETE FROM messages WHERE id=3"));
    }
    CHECK_THROWS_WITH(f.reopen(), ContainsSubstring("lacks what was acknowledged"));
}

TEST_CASE("a log without a mark that can be read gets another epoch, since nothing tells whether all is there") {
    const crashed log;
    SECTION("damaged") {
        auto octets = contents_of(log.file("wsd.mark"));
        octets[60] = static_cast<char>(octets[60] ^ 1);
        write(log.file("wsd.mark"), octets);
    }
    SECTION("missing") { std::filesystem::remove(log.file("wsd.mark")); }
    const auto opened = log.open();
    REQUIRE(opened.log);
    CHECK(opened.log->identity().epoch != log.epoch());
    CHECK_THAT(opened.notice, ContainsSubstring("wsd.mark"));
    CHECK(crashed::count(*opened.log) == 12);
}

TEST_CASE("a new log has nothing to say about its mark") {
    const wsd::test::temporary_directory folder;
    const auto opened = open_sqlite_log({.directory = folder.path()});
    REQUIRE(opened.log);
    CHECK(opened.notice.empty());
}

TEST_CASE("a row that was changed is noticed at the start while indexes are made from it") {
    const std::string change =
        GENERATE("recipient_seq=9", "recipient_seq=1", "recipient_seq=0", "recipient_seq=1099511627776",
                 "recipient_seq=-5", "sender_seq=1", "recipient=3", "sender=4", "chat_seq=77", "chat_seq=1", "chat=99",
                 "chat=1099511627777", "sent_at=100000000000000", "state=200", "state=33", "state=-1",
                 "content='other'", "client_id='other'", "id=99", "id=-4", "checksum=7");
    log_fixture f(sqlite_options{.level = durability::os});
    for (int i = 1; i <= 2; ++i) static_cast<void>(f.send("ann", "bob", "secret " + std::to_string(i)));
    static_cast<void>(f.send("carl", "dora", "hello"));
    static_cast<void>(f.send("ann", "bob", "secret 3"));
    f.log().close();
    {
        sqlite_connection database({.path = f.file("wsd.db")});
        REQUIRE(database.execute(("UPDATE messages SET " + change + " WHERE id=4").c_str()));
    }
    INFO(change);
    CHECK_THROWS_WITH(f.reopen(),
                      ContainsSubstring("wsd.db is damaged") || ContainsSubstring("lacks what was acknowledged"));
}

TEST_CASE("a message that is gone altogether is noticed at the start, also when no other follows it anywhere") {
    const std::string change = GENERATE("DELETE FROM messages", "UPDATE messages SET id=0") + std::string(" WHERE id=");
    const std::string gone = GENERATE("2", "4"); // others' numbers go on behind the first, none behind the second
    log_fixture f(sqlite_options{.level = durability::os});
    for (int i = 1; i <= 3; ++i) static_cast<void>(f.send("ann", "bob"));
    static_cast<void>(f.send("carl", "dora"));
    static_cast<void>(f.send("ann", "bob"));
    f.log().close();
    {
        sqlite_connection database({.path = f.file("wsd.db")});
        REQUIRE(database.execute((change + gone).c_str()));
    }
    CHECK_THROWS_WITH(f.reopen(), ContainsSubstring("message " + gone + " is missing"));
}

TEST_CASE("a row of an index that is gone altogether is noticed at the start when younger messages go on behind it") {
    const std::string index = GENERATE("inbox", "chat_log");
    log_fixture f(sqlite_options{.level = durability::os, .fold_window = 8}); // the last five are not in it
    for (int i = 0; i < 35; ++i) static_cast<void>(f.send("ann", "bob"));
    f.log().close();
    {
        sqlite_connection database({.path = f.file("wsd.db")});
        REQUIRE(database.query_integer(("SELECT count(*) FROM " + index).c_str()) > 0);
        REQUIRE(database.execute(("DELETE FROM " + index).c_str()));
    }
    CHECK_THROWS_WITH(f.reopen(), ContainsSubstring("the numbers of message"));
}

TEST_CASE("the entries of a room's message are looked at when indexes are made from them", "[room]") {
    const std::string change =
        GENERATE("places=x'0200000000000000ff00000000000000'", "places=x''", "message=message+100");
    wsd::test::room_fixture f("sqlite");
    (void)f.create("a", "r", {"b"});
    f.log().close();
    {
        sqlite_connection database({.path = f.file("wsd.db")});
        REQUIRE(database.execute(
            ("UPDATE room_entries SET " + change + " WHERE message=(SELECT max(message) FROM room_entries)").c_str()));
    }
    INFO(change);
    CHECK_THROWS_WITH(f.reopen(), ContainsSubstring("wsd.db is damaged"));
}
