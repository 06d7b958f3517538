#include "server/storage/sqlite_connection.hpp"
#include "server/storage/sqlite_room_rows.hpp"
#include "tests/support/log_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <cstdint>
#include <string>
#include <vector>

using namespace wsd;
using wsd::test::log_fixture;

namespace {

// ann and bob, carl and dora; every message is in the tables of the indexes. Then `change` is done to them.
struct folded_log {
    log_fixture f{"sqlite"};

    folded_log() {
        static_cast<void>(f.send("ann", "bob", "secret"));
        static_cast<void>(f.send("carl", "dora", "to dora"));
        static_cast<void>(f.edit("ann", f.page("bob", 1, 1).entries.at(0).message->id, "secret still"));
        for (int i = 0; i < 40; ++i) static_cast<void>(f.send("x", "y"));
        f.reopen();
    }

    void change(const std::string& sql) const {
        sqlite_connection database({.path = f.file("wsd.db")});
        REQUIRE(database.execute(sql.c_str()));
    }
    [[nodiscard]] std::uint64_t key(const std::string& sql) const {
        return static_cast<std::uint64_t>(sqlite_connection({.path = f.file("wsd.db")}).query_integer(sql.c_str()));
    }
    // A row of an index that is whole and says something wrong.
    void forge(const std::string& table, const std::string& owner, const std::string& column, std::uint64_t key,
               const std::string& octets) const {
        sqlite_connection database({.path = f.file("wsd.db")});
        sqlite_statement put(
            database,
            ("UPDATE " + table + " SET " + column + "=?, checksum=? WHERE " + owner + "=? AND first=1").c_str());
        REQUIRE(put.bind(sqlite_blob{octets}, checksum_of(key, 1, octets), key).run());
    }
    [[nodiscard]] errc page_error(const std::string& user, std::uint64_t to) {
        const auto page = f.reader().read_page({.user = {user}, .from = 1, .to = to});
        return page.has_error() ? page.error() : errc{};
    }
};

std::string code(std::uint64_t entry) {
    std::string octets;
    for (int i = 0; i < 8; ++i, entry >>= 8) octets += static_cast<char>(entry & 0xff);
    return octets;
}

constexpr std::uint64_t edit_kind = std::uint64_t{1} << 48, by_me = std::uint64_t{1} << 56;

} // namespace

TEST_CASE("an index that points at a message between others shows it to nobody") {
    folded_log log;
    const auto dora = log.key("SELECT id FROM users WHERE name='dora'");
    REQUIRE(log.f.page("dora", 1, 1).entries.at(0).message->content == "to dora");
    const std::uint64_t entry = GENERATE(std::uint64_t{1}, 3 | edit_kind, 2 | edit_kind, 2 | by_me);
    log.forge("inbox", "user", "entries", dora, code(entry));
    CHECK(log.page_error("dora", 1) == errc::persistence);
}

TEST_CASE("a message whose row names another place is none that a client has seen") {
    folded_log log;
    const auto id = log.f.page("bob", 1, 1).entries.at(0).message->id.to_string();
    REQUIRE(log.f.plan({.user = {"bob"}, .start = 2, .last_seen = id}).mode == resume_mode::exact);
    log.change("UPDATE messages SET recipient_seq=2 WHERE id=1");
    CHECK(log.f.plan({.user = {"bob"}, .start = 2, .last_seen = id}).reason == resume_reason::unknown_message_id);
}

TEST_CASE("an index that shows a message twice or the wrong one is an error") {
    folded_log log;
    const auto bob = log.key("SELECT id FROM users WHERE name='bob'");
    REQUIRE(log.f.page("bob", 1, 2).entries.size() == 2);
    log.forge("inbox", "user", "entries", bob, code(1) + code(1));
    CHECK(log.page_error("bob", 2) == errc::persistence);
    CHECK(log.f.page("ann", 1, 2).entries.size() == 2);
}

TEST_CASE("a chat's index that points at a message of another chat shows it to nobody") {
    folded_log log;
    const auto chat = log.key("SELECT chat FROM messages WHERE id=2");
    const auto ask = [&] {
        return log.f.reader().ask(history_request{.user = {"dora"}, .peer = {"carl"}, .limit = 10});
    };
    REQUIRE(std::get<history_page>(ask().value()).messages.size() == 1);
    log.forge("chat_log", "chat", "messages", chat, code(1));
    CHECK(ask().has_error());
    CHECK(log.f.conversations("dora").at(0).last == nullptr);
}

TEST_CASE("a row of an index that was changed is an error of who reads it") {
    folded_log log;
    log.change(
        "UPDATE inbox SET entries=entries||x'0100000000000000' WHERE user=(SELECT id FROM users WHERE name='dora')");
    CHECK(log.page_error("dora", 2) == errc::persistence);
    CHECK(log.f.page("bob", 1, 2).entries.size() == 2);
}
