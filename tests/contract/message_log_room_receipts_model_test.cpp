#include "tests/support/room_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace wsd;
using wsd::test::room_fixture;
using lines = std::vector<std::string>;

#define EVERY_LOG GENERATE(as<std::string>{}, "memory", "sqlite")

namespace {

// Receipts in one room done the simplest way: every message knows whom it was sent to, each member what it confirmed.
class naive_room {
  public:
    struct message {
        std::string author;
        message_id id;
        std::map<std::string, std::size_t> sent_to; // by user: its how many-eth stay in the room
    };
    struct member {
        bool here = false;
        std::size_t stay = 0;
        std::size_t delivered = 0; // chat_seq
        std::size_t read = 0;
    };
    std::vector<message> messages; // [i] has chat_seq i + 1
    std::map<std::string, member> members;

    void enter(const std::string& user) {
        member& who = members[user];
        who = {.here = true, .stay = who.stay + 1, .delivered = messages.size(), .read = messages.size()};
    }
    void leave(const std::string& user) { members[user].here = false; }
    void say(const std::string& user, const message_id& id) {
        message said{.author = user, .id = id, .sent_to = {}};
        for (const auto& [name, who] : members)
            if (who.here) said.sent_to[name] = who.stay;
        messages.push_back(said);
    }
    bool sees(const std::string& user, std::size_t chat_seq) {
        const auto& sent_to = messages.at(chat_seq - 1).sent_to;
        const auto found = sent_to.find(user);
        return members[user].here && found != sent_to.end() && found->second == members[user].stay;
    }

    // Status, and whom is told what.
    std::pair<confirm_status, lines> confirm(const std::string& user, std::size_t chat_seq, bool read) {
        if (!sees(user, chat_seq)) return {confirm_status::not_found, {}};
        if (messages[chat_seq - 1].author == user) return {confirm_status::not_authorized, {}};
        member& who = members[user];
        auto& position = read ? who.read : who.delivered;
        if (position >= chat_seq) return {confirm_status::already, {}};
        if (read && who.delivered < chat_seq) return {confirm_status::invalid_transition, {}};
        const auto before = std::exchange(position, chat_seq);
        return {confirm_status::changed, tell(user, before, chat_seq, read)};
    }
    // The highest message by others that the user sees among those up to chat_seq.
    std::size_t newest(const std::string& user, std::size_t chat_seq) {
        while (chat_seq > 0 && (!sees(user, chat_seq) || messages[chat_seq - 1].author == user)) --chat_seq;
        return chat_seq;
    }

  private:
    lines tell(const std::string& reader, std::size_t before, std::size_t to, bool read) {
        lines told;
        std::set<std::string> authors{reader};
        for (std::size_t chat_seq = to; chat_seq > before; --chat_seq) {
            const message& said = messages[chat_seq - 1];
            if (!authors.insert(said.author).second || !sees(said.author, chat_seq)) continue;
            std::size_t delivered = 0, seen = 0, total = 0;
            for (const auto& [user, stay] : said.sent_to) {
                if (user == said.author || !sees(user, chat_seq)) continue;
                ++total;
                delivered += members[user].delivered >= chat_seq ? 1 : 0;
                seen += members[user].read >= chat_seq ? 1 : 0;
            }
            const bool complete = (read ? seen : delivered) == total;
            told.push_back(said.author + " " + std::to_string(chat_seq) + " " + std::to_string(delivered) + "/" +
                           std::to_string(seen) + "/" + std::to_string(total) + (complete ? "!" : ""));
        }
        return told;
    }
};

class walk {
  public:
    walk(const std::string& implementation, unsigned seed) : log_(implementation), random_(seed) {
        log_.rules.auto_delete_empty = false;
        enter("a");
        enter("b");
    }

    void step() {
        const auto by = user();
        const bool here = model_.members[by].here;
        switch (below(12)) {
        case 0:
            if (!here) return enter(by);
            if (below(3) != 0) return;
            REQUIRE(log_.leave(by, "r").status == room_status::done);
            return model_.leave(by);
        case 1:
        case 2:
        case 3:
            return say(by);
        case 4:
            return confirm_all(by);
        default:
            return confirm_one(by);
        }
    }

    void compare() {
        if (log_.survives_reopen()) log_.reopen();
        for (char name = 'a'; name <= 'f'; ++name) {
            const std::string user(1, name);
            for (const log_entry& entry : log_.page(user, 1, log_.open(user).head, 10'000).entries) {
                if (entry.hidden || entry.kind != entry_kind::message) continue;
                const auto chat_seq = entry.message->chat_seq;
                const auto& who = model_.members[user];
                auto wanted = message_state::sent;
                if (entry.message->sender.value != user && who.delivered >= chat_seq)
                    wanted = who.read >= chat_seq ? message_state::read : message_state::delivered;
                REQUIRE(model_.sees(user, chat_seq));
                REQUIRE(entry.state == wanted);
            }
        }
    }

  private:
    std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }
    std::string user() { return std::string(1, static_cast<char>('a' + below(6))); }

    void enter(const std::string& user) {
        REQUIRE(log_.join(user, "r").status == room_status::done);
        model_.enter(user);
    }
    void say(const std::string& user) {
        const auto got = log_.post(user, "r", "x");
        const bool here = model_.members[user].here;
        REQUIRE(got.status == (here ? post_status::stored : post_status::not_found));
        if (here) model_.say(user, got.message->id);
    }
    void confirm_one(const std::string& user) {
        if (model_.messages.empty()) return;
        const auto head = model_.messages.size();
        const auto chat_seq = head - below(std::min<std::size_t>(head, 12));
        const auto& id = model_.messages[chat_seq - 1].id;
        const bool read = below(2) == 0;
        CAPTURE(user, chat_seq, read);
        const auto got = read ? log_.read(user, id) : log_.deliver(user, id);
        const auto [status, told] = model_.confirm(user, chat_seq, read);
        REQUIRE(got.status == status);
        REQUIRE(show(got) == told);
        REQUIRE(got.read_position_moved.has_value() == (read && status == confirm_status::changed));
        if (got.read_position_moved) CHECK(got.read_position_moved->chat_seq == chat_seq);
        if (status == confirm_status::changed) check_position(got, user);
    }
    void confirm_all(const std::string& user) {
        const auto chat_seq = model_.newest(user, model_.messages.size());
        CAPTURE(user, chat_seq);
        const auto got = log_.up_to(user, log_.open(user).head);
        const auto told = chat_seq > 0 ? model_.confirm(user, chat_seq, false).second : lines{};
        REQUIRE(show(got) == told);
        if (!got.positions.empty()) check_position(got, user);
    }
    void check_position(const confirmed& got, const std::string& user) {
        REQUIRE(got.positions.size() == 1);
        CHECK(got.positions[0].user.value == user);
        CHECK(got.positions[0].delivered == model_.members[user].delivered);
        CHECK(got.positions[0].read == model_.members[user].read);
    }
    lines show(const confirmed& got) {
        lines shown;
        for (const room_delivery& each : got.deliveries) {
            CHECK(each.message == model_.messages.at(each.chat_seq - 1).id);
            shown.push_back(each.author.value + " " + std::to_string(each.chat_seq) + " " +
                            std::to_string(each.counts.delivered) + "/" + std::to_string(each.counts.read) + "/" +
                            std::to_string(each.counts.total) + (each.complete ? "!" : ""));
        }
        return shown;
    }

    room_fixture log_;
    std::mt19937 random_;
    naive_room model_;
};

} // namespace

TEST_CASE("receipts of six users who come and go are counted as a naive model counts them", "[room][receipts]") {
    const auto implementation = EVERY_LOG;
    const auto seed = GENERATE(1u, 2u, 3u);
    CAPTURE(implementation, seed);
    walk both(implementation, seed);
    for (int i = 0; i < 1500; ++i) {
        both.step();
        if (i % 150 == 149) both.compare();
    }
}
