#include "common/state/unconfirmed_store.hpp"

#include <catch_amalgamated.hpp>

#include <map>
#include <random>
#include <string>

namespace {

using namespace wsd;
using namespace std::chrono_literals;

const user_id alice{"alice"};
const user_id bob{"bob"};
const steady_time start{1000h};

log_entry entry(std::uint64_t seq, const user_id& sender = bob, message_state state = message_state::sent) {
    auto record = std::make_shared<message_record>();
    record->sender = sender;
    return {.seq = seq, .state = state, .message = std::move(record)};
}

log_entry in_room(std::uint64_t seq, const std::string& room, std::uint64_t chat_seq) {
    auto record = std::make_shared<message_record>();
    record->sender = bob;
    record->room = {room};
    record->chat_seq = chat_seq;
    return {.seq = seq, .message = std::move(record)};
}

} // namespace

TEST_CASE("a message unconfirmed for the timeout since its first write is overdue once") {
    unconfirmed_store s({});
    CHECK(s.written(alice, entry(1), start));
    CHECK(s.written(alice, entry(2), start + 1s));
    CHECK(s.written(alice, entry(1), start + 2s)); // a slower connection of the same user
    CHECK(s.written(alice, entry(2), start + 2s));
    s.confirmed(alice, 2);
    s.confirmed(alice, 2);
    CHECK(s.take_overdue(start + 30s - 1ms) == 0);
    CHECK(s.take_overdue(start + 30s) == 1);
    CHECK(s.take_overdue(start + 1h) == 0);
    CHECK(s.written(alice, entry(2), start + 1h));
    CHECK(s.count_messages() == 0);
}

TEST_CASE("own messages, those confirmed before, and what is no message are not watched") {
    unconfirmed_store s({});
    CHECK(s.written(alice, entry(1, alice), start));
    CHECK(s.written(alice, entry(2, bob, message_state::delivered), start));
    auto joined = in_room(3, "r", 0);
    joined.kind = entry_kind::member_joined;
    CHECK(s.written(alice, joined, start));
    CHECK(s.count_messages() == 0);
    CHECK(s.count_users() == 0);
}

TEST_CASE("a message is watched for each of its recipients") {
    unconfirmed_store s({});
    CHECK(s.written(alice, entry(1), start));
    CHECK(s.written({"carol"}, entry(1), start));
    s.confirmed(alice, 1);
    CHECK(s.take_overdue(start + 30s) == 1);
}

TEST_CASE("a position in a room confirms what is before it in that room alone") {
    unconfirmed_store s({});
    CHECK(s.written(alice, in_room(1, "r", 5), start));
    CHECK(s.written(alice, entry(2), start));
    CHECK(s.written(alice, in_room(3, "s", 1), start));
    CHECK(s.written(alice, in_room(4, "r", 6), start));
    CHECK(s.written(alice, in_room(5, "r", 7), start));
    s.confirmed({.user = alice, .room = {"r"}, .delivered = 6, .read = 0});
    CHECK(s.count_messages() == 3);
    s.confirmed({.user = bob, .room = {"r"}, .delivered = 9, .read = 0});
    CHECK(s.count_messages() == 3);
    s.confirmed({.user = alice, .room = {"r"}, .delivered = 7, .read = 7});
    CHECK(s.count_messages() == 2);
}

TEST_CASE("what was written to a user who has gone is still overdue or confirmed, then nothing is kept of it") {
    unconfirmed_store s({});
    CHECK(s.written(alice, entry(1), start));
    CHECK(s.written(alice, entry(2), start));
    CHECK(s.written(bob, entry(1, alice), start));
    s.confirmed(bob, 1);
    s.drop(alice);
    s.drop(bob);
    s.drop({"nobody"});
    CHECK(s.count_users() == 1);
    CHECK(s.written(alice, entry(1), start + 1s)); // came back: it was written before
    s.drop(alice);
    s.confirmed(alice, 2);
    CHECK(s.take_overdue(start + 30s) == 1);
    CHECK(s.count_users() == 0);
}

TEST_CASE("beyond the caps a message is not watched, and the caller is told") {
    unconfirmed_store s({.messages_max = 5, .messages_per_user_max = 3});
    for (std::uint64_t seq = 1; seq <= 5; ++seq) CHECK(s.written(alice, entry(seq), start) == (seq <= 3));
    for (std::uint64_t seq = 1; seq <= 5; ++seq) CHECK(s.written(bob, entry(seq, alice), start) == (seq <= 2));
    CHECK(s.count_messages() == 5);
    CHECK(s.take_overdue(start + 30s) == 5);
    CHECK(s.written(alice, entry(6), start));
}

TEST_CASE("unconfirmed messages are counted like in a table under random use") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    unconfirmed_store s({.timeout = 1s});
    struct expected {
        steady_time due;
        std::string room;
        std::uint64_t chat_seq;
    };
    std::map<std::uint64_t, expected> model; // by seq
    std::map<std::string, std::uint64_t> heads;
    steady_time now = start;
    std::uint64_t seq = 0;
    for (int step = 0; step < 20'000; ++step) {
        now += milliseconds(random() % 10);
        const std::string room = random() % 2 == 0 ? "" : random() % 2 == 0 ? "r" : "s";
        if (random() % 2 == 0) {
            const auto chat_seq = ++heads[room];
            CHECK(s.written(alice, room.empty() ? entry(++seq) : in_room(++seq, room, chat_seq), now));
            model[seq] = {now + 1s, room, chat_seq};
        } else if (room.empty() && seq > 0) {
            const std::uint64_t some = seq - std::min<std::uint64_t>(seq - 1, random() % 300);
            const auto found = model.find(some);
            if (found != model.end() && !found->second.room.empty()) continue;
            s.confirmed(alice, some);
            model.erase(some);
        } else if (!room.empty()) {
            const std::uint64_t up_to = heads[room] - std::min<std::uint64_t>(heads[room], random() % 20);
            s.confirmed({.user = alice, .room = {room}, .delivered = up_to, .read = 0});
            std::erase_if(model, [&](const auto& m) { return m.second.room == room && m.second.chat_seq <= up_to; });
        }
        if (random() % 50 == 0) {
            const std::size_t overdue = std::erase_if(model, [now](const auto& m) { return m.second.due <= now; });
            REQUIRE(s.take_overdue(now) == overdue);
        }
        REQUIRE(s.count_messages() == model.size());
    }
}
