#include "common/state/log_overlay.hpp"

#include <catch_amalgamated.hpp>

#include <map>
#include <random>
#include <string>
#include <vector>

using namespace wsd;

namespace {

// What was folded, as the tables would hold it. Complains when something does not continue what it has.
struct tables final : log_overlay::folder {
    bool fold_entries(user_key user, std::uint64_t first, std::span<const std::uint64_t> codes) override {
        auto& log = staged_logs[static_cast<std::uint64_t>(user)];
        if (log.size() + 1 != first) ++wrong;
        log.insert(log.end(), codes.begin(), codes.end());
        return !fail;
    }
    bool fold_places(chat_key chat, std::uint64_t first, std::span<const std::uint64_t> offsets) override {
        auto& log = staged_chats[static_cast<std::uint64_t>(chat)];
        if (log.size() + 1 != first) ++wrong;
        log.insert(log.end(), offsets.begin(), offsets.end());
        return !fail;
    }
    bool fold_client_ids(std::span<const log_overlay::client_item> items) override {
        for (const auto& item : items) staged_ids.emplace(item.code, item.at.offset);
        return !fail;
    }
    void commit() {
        logs = staged_logs;
        chats = staged_chats;
        ids = staged_ids;
    }
    void roll_back() {
        staged_logs = logs;
        staged_chats = chats;
        staged_ids = ids;
    }

    std::map<std::uint64_t, std::vector<std::uint64_t>> logs, staged_logs, chats, staged_chats;
    std::multimap<std::uint64_t, std::uint64_t> ids, staged_ids;
    int wrong = 0;
    bool fail = false;
};

constexpr user_key alice{1};
constexpr user_key bob{2};
constexpr user_key carol{3};
constexpr chat_key chat{1};

std::uint64_t code(user_key sender, std::uint64_t hash) { return static_cast<std::uint64_t>(sender) << 32 | hash; }

std::uint64_t find(const log_overlay& overlay, std::uint64_t wanted) {
    return overlay.client_ids().find(wanted, [](const client_id_index::place&) { return true; });
}

struct fixture {
    explicit fixture(std::uint64_t window) : overlay(window) {}

    void add(user_key from, user_key to, std::uint64_t from_seq, std::uint64_t to_seq) {
        ++offset;
        overlay.add_entry(from, from_seq, {.offset = offset, .own = true});
        overlay.add_entry(to, to_seq, {.offset = offset});
        overlay.add_place(chat, offset, {.offset = offset});
        overlay.add_client_id(code(from, offset), chat, offset);
    }
    void commit() {
        REQUIRE(overlay.fold(folded, 1024));
        folded.commit();
        overlay.publish();
    }

    log_overlay overlay;
    tables folded;
    std::uint64_t offset = 0;
};

} // namespace

TEST_CASE("what was added is found by the writer at once and by readers after publish") {
    fixture f(100);
    f.add(alice, bob, 1, 1);
    CHECK(f.overlay.find_log(bob, log_overlay::view::all)->last == 1);
    CHECK_FALSE(f.overlay.find_log(bob, log_overlay::view::committed).has_value());
    std::vector<entry_row> rows;
    f.overlay.read_entries(bob, 1, 9, log_overlay::view::committed, rows);
    CHECK(rows.empty());
    f.commit();
    CHECK(f.overlay.find_log(bob, log_overlay::view::committed)->last == 1);
    f.overlay.read_entries(alice, 1, 9, log_overlay::view::committed, rows);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].offset == 1);
    CHECK(rows[0].own);
    CHECK(find(f.overlay, code(alice, 1)) == 1);
    CHECK(find(f.overlay, code(bob, 1)) == 0);
    CHECK(f.overlay.find_chat(chat, log_overlay::view::all)->last == 1);
}

TEST_CASE("what is older than the window is folded with all that has gathered for the same user") {
    fixture f(5);
    for (std::uint64_t i = 1; i <= 6; ++i) {
        f.add(alice, bob, i, i);
        f.commit();
        CHECK(f.folded.logs.empty());
    }
    CHECK(f.overlay.folded_up_to() == 0);
    f.add(alice, bob, 7, 7);
    f.commit();
    CHECK(f.folded.wrong == 0);
    CHECK(f.folded.logs[1].size() == 7);
    CHECK(f.folded.logs[2].size() == 7);
    CHECK(f.folded.chats[1].size() == 7);
    CHECK(f.folded.ids.size() == 7);
    CHECK(f.overlay.empty());
    CHECK(f.overlay.folded_up_to() == 7);
    CHECK_FALSE(f.overlay.find_log(bob, log_overlay::view::all).has_value());
    CHECK(find(f.overlay, code(alice, 3)) == 0);
}

TEST_CASE("what was folded stays visible until it is published") {
    fixture f(0);
    f.add(alice, bob, 1, 1);
    f.commit();
    f.add(alice, bob, 2, 2);
    REQUIRE(f.overlay.fold(f.folded, 1024));
    CHECK(f.folded.staged_logs[2].size() == 2);
    CHECK(f.overlay.find_log(bob, log_overlay::view::committed)->first == 1);
    CHECK(f.overlay.find_log(bob, log_overlay::view::committed)->last == 1);
    f.overlay.publish();
    CHECK_FALSE(f.overlay.find_log(bob, log_overlay::view::committed).has_value());
}

TEST_CASE("a fold does no more than its budget, and the rest with the next ones") {
    fixture f(1);
    for (std::uint64_t i = 1; i <= 2000; ++i) {
        ++f.offset;
        f.overlay.add_client_id(code(alice, i), chat, i);
    }
    f.overlay.publish();
    REQUIRE(f.overlay.fold(f.folded, 600));
    f.overlay.publish();
    const auto first = f.folded.staged_ids.size();
    CHECK(first > 0);
    CHECK(first < 1200);
    CHECK(f.overlay.folded_up_to() == first);
    for (int i = 0; i < 10; ++i) {
        REQUIRE(f.overlay.fold(f.folded, 600));
        f.overlay.publish();
    }
    CHECK(f.folded.staged_ids.size() == 2000);
}

TEST_CASE("a client id that is forgotten is not found, nor folded, and others of its sender are") {
    fixture f(5);
    for (std::uint64_t i = 1; i <= 6; ++i) f.add(alice, bob, i, i);
    f.commit();
    f.overlay.forget_client_id(code(alice, 1), 1); // the one that says when all are folded
    f.overlay.forget_client_id(code(alice, 4), 4);
    f.overlay.forget_client_id(code(alice, 4), 4);
    f.overlay.forget_client_id(code(alice, 5), 2); // of no message
    f.overlay.forget_client_id(code(carol, 1), 1);
    CHECK(find(f.overlay, code(alice, 4)) == 0);
    CHECK(find(f.overlay, code(alice, 5)) == 5);
    f.add(alice, bob, 7, 7);
    f.commit();
    CHECK(f.folded.ids.size() == 5);
    CHECK(f.folded.ids.count(code(alice, 1)) == 0);
    CHECK(f.folded.ids.count(code(alice, 4)) == 0);
    CHECK(f.overlay.empty());
    CHECK(f.overlay.folded_up_to() == 7);
}

TEST_CASE("an overlay begins where the tables end") {
    const log_overlay overlay(5, 12);
    CHECK(overlay.folded_up_to() == 12);
}

TEST_CASE("a code used for two messages finds both, the newest first, and is folded for both") {
    log_overlay overlay(0);
    tables folded;
    const auto same = code(alice, 7);
    overlay.add_client_id(same, chat_key{1}, 1);
    overlay.add_client_id(same, chat_key{2}, 2);
    overlay.publish();
    overlay.add_client_id(same, chat_key{3}, 3);
    CHECK(find(overlay, same) == 3);
    overlay.discard();
    CHECK(find(overlay, same) == 2);
    CHECK(overlay.client_ids().find(same, [](const auto& at) { return at.chat == chat_key{1}; }) == 1);
    overlay.add_client_id(code(bob, 1), chat_key{1}, 4);
    REQUIRE(overlay.fold(folded, 1024));
    overlay.publish();
    CHECK(find(overlay, same) == 0);
    CHECK(folded.staged_ids.count(same) == 2);
}

TEST_CASE("any mix of commits, rollbacks and folds keeps every entry once, in order") {
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    constexpr std::uint64_t users = 5;
    fixture f(random() % 20);
    std::vector<std::vector<std::uint64_t>> logs(users + 1); // offsets, committed
    for (int round = 0; round < 600; ++round) {
        auto staged = logs;
        const auto before = f.offset;
        for (auto n = random() % 4; n > 0; --n) {
            const auto from = random() % users + 1;
            const auto to = from % users + 1;
            f.add(user_key{from}, user_key{to}, staged[from].size() + 1, staged[to].size() + 1);
            staged[from].push_back(f.offset);
            staged[to].push_back(f.offset);
        }
        if (random() % 8 != 0) REQUIRE(f.overlay.fold(f.folded, random() % 6));
        if (random() % 5 == 0) {
            f.folded.roll_back();
            f.overlay.discard();
            f.offset = before;
        } else {
            f.folded.commit();
            f.overlay.publish();
            logs = staged;
        }
        for (std::uint64_t user = 1; user <= users; ++user) {
            const auto here = f.overlay.find_log(user_key{user}, log_overlay::view::committed);
            const auto in_tables = f.folded.logs[user].size();
            REQUIRE((here ? here->last : in_tables) == logs[user].size());
            if (here) REQUIRE(here->first == in_tables + 1);
            std::vector<entry_row> rows;
            f.overlay.read_entries(user_key{user}, 1, 10'000, log_overlay::view::all, rows);
            for (std::size_t i = 0; i < rows.size(); ++i) REQUIRE(rows[i].offset == logs[user][in_tables + i]);
        }
    }
    CHECK(f.folded.wrong == 0);
}

TEST_CASE("what is younger than the window is folded when it is asked for") {
    fixture f(100);
    for (std::uint64_t i = 1; i <= 10; ++i) f.add(alice, i <= 5 ? bob : carol, i, i <= 5 ? i : i - 5);
    f.overlay.publish();
    f.commit();
    CHECK(f.overlay.folded_up_to() == 0);
    REQUIRE(f.overlay.fold(f.folded, 1024, 6));
    f.folded.commit();
    f.overlay.publish();
    CHECK(f.overlay.folded_up_to() == 5);
    CHECK(f.folded.logs[2].size() == 5);
    CHECK(f.folded.logs[3].empty());
    CHECK(f.overlay.find_log(carol, log_overlay::view::committed)->first == 1);
}
