#include "common/state/message_store.hpp"

#include <catch_amalgamated.hpp>

#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace wsd;
using append_status = message_store::append_status;
using read_status = message_store::read_status;

const user_id alice{"alice"};
const user_id bob{"bob"};

message_id id(std::uint64_t number) { return message_id::make(1'700'000'000'000, 1, number); }

log_entry entry(std::uint64_t seq, std::uint64_t message, std::size_t content_bytes = 5) {
    auto record = std::make_shared<message_record>();
    record->id = id(message);
    record->content = std::string(content_bytes, 'x');
    return {.seq = seq, .message = std::move(record)};
}

std::string name(append_status s) {
    return s == append_status::appended       ? "appended"
           : s == append_status::not_attached ? "not_attached"
                                              : "already_there";
}

std::vector<std::uint64_t> served(const message_store& s, const user_id& user, std::uint64_t from,
                                  message_store::read_limits limits = {}) {
    std::vector<std::uint64_t> seqs;
    const auto result = s.read(user, from, limits, [&seqs](const log_entry& e) { seqs.push_back(e.seq); });
    CHECK(result.count == seqs.size());
    CHECK((result.status == read_status::served) == !seqs.empty());
    return seqs;
}
read_status status(const message_store& s, const user_id& user, std::uint64_t from) {
    return s.read(user, from, {}, [](const log_entry&) {}).status;
}
using seqs = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("a tail begins behind the head it was attached with") {
    message_store s({});
    CHECK(name(s.append(alice, entry(6, 1))) == "not_attached");
    REQUIRE(s.attach(alice, 5));
    CHECK(s.head(alice) == 5);
    CHECK(s.tail_begin(alice) == 6);
    CHECK(name(s.append(alice, entry(6, 1))) == "appended");
    CHECK(name(s.append(alice, entry(7, 2))) == "appended");
    CHECK(name(s.append(alice, entry(7, 2))) == "already_there");
    CHECK(s.attach(alice, 0));
    CHECK(s.head(alice) == 7);
    CHECK(served(s, alice, 6) == seqs{6, 7});
    CHECK(served(s, alice, 7) == seqs{7});
    CHECK(status(s, alice, 8) == read_status::at_head);
    CHECK(status(s, alice, 5) == read_status::not_in_tail);
    CHECK(status(s, bob, 5) == read_status::not_attached);
}

TEST_CASE("a page ends at its number of entries or bytes, but has at least one") {
    message_store s({});
    REQUIRE(s.attach(alice, 0));
    for (std::uint64_t i = 1; i <= 5; ++i) REQUIRE(s.append(alice, entry(i, i, 100)) == append_status::appended);
    CHECK(served(s, alice, 1, {.max_entries = 2}) == seqs{1, 2});
    CHECK(served(s, alice, 2, {.max_bytes = 299}) == seqs{2, 3});
    CHECK(served(s, alice, 2, {.max_bytes = 300}) == seqs{2, 3, 4});
    CHECK(served(s, alice, 3, {.max_bytes = 1}) == seqs{3});
}

TEST_CASE("a tail keeps the newest entries of a user") {
    message_store s({.entries_per_user = 3});
    REQUIRE(s.attach(alice, 0));
    for (std::uint64_t i = 1; i <= 10; ++i) REQUIRE(s.append(alice, entry(i, i)) == append_status::appended);
    CHECK(s.tail_begin(alice) == 8);
    CHECK(served(s, alice, 8) == seqs{8, 9, 10});
    CHECK(s.count_entries() == 3);
    CHECK(s.evicted_for_bytes() == 0);
}

TEST_CASE("beyond the bytes of all tails the user who waited longest for an entry loses its oldest first") {
    message_store measure({});
    REQUIRE(measure.attach(alice, 0));
    REQUIRE(measure.append(alice, entry(1, 1)) == append_status::appended);

    message_store s({.bytes_max = measure.bytes() * 3});
    REQUIRE(s.attach(alice, 0));
    REQUIRE(s.attach(bob, 0));
    REQUIRE(s.append(alice, entry(1, 1)) == append_status::appended);
    REQUIRE(s.append(alice, entry(2, 2)) == append_status::appended);
    REQUIRE(s.append(bob, entry(1, 3)) == append_status::appended);
    REQUIRE(s.append(bob, entry(2, 4)) == append_status::appended);
    CHECK(served(s, alice, 2) == seqs{2});
    CHECK(status(s, alice, 1) == read_status::not_in_tail);
    CHECK(served(s, bob, 1) == seqs{1, 2});
    REQUIRE(s.append(bob, entry(3, 5, 100)) == append_status::appended);
    CHECK(status(s, alice, 2) == read_status::not_in_tail);
    CHECK(status(s, alice, 3) == read_status::at_head);
    CHECK(s.evicted_for_bytes() >= 2);
    CHECK(s.bytes() <= measure.bytes() * 3);
}

TEST_CASE("an entry larger than all tails may be is left to the reader thread") {
    message_store s({.bytes_max = 1000});
    REQUIRE(s.attach(alice, 0));
    CHECK(s.append(alice, entry(1, 1, 2000)) == append_status::appended);
    CHECK(s.head(alice) == 1);
    CHECK(status(s, alice, 1) == read_status::not_in_tail);
    CHECK(s.bytes() == 0);
}

TEST_CASE("a state in the tail goes forward only") {
    message_store s({});
    REQUIRE(s.attach(alice, 0));
    for (std::uint64_t i = 1; i <= 3; ++i) REQUIRE(s.append(alice, entry(i, 10 * i)) == append_status::appended);
    CHECK(s.update_state(alice, id(20), message_state::read));
    CHECK_FALSE(s.update_state(alice, id(20), message_state::delivered));
    CHECK_FALSE(s.update_state(alice, id(15), message_state::read));
    CHECK_FALSE(s.update_state(bob, id(20), message_state::read));
    std::vector<int> states;
    REQUIRE(s.read(alice, 1, {}, [&](const log_entry& e) { states.push_back(static_cast<int>(e.state)); }).count == 3);
    CHECK(states == std::vector<int>{0, 2, 0});
}

TEST_CASE("a user who is dropped leaves nothing behind") {
    message_store s({.users_max = 1});
    REQUIRE(s.attach(alice, 0));
    REQUIRE(s.append(alice, entry(1, 1)) == append_status::appended);
    CHECK_FALSE(s.attach(bob, 0));
    s.drop(alice);
    s.drop(alice);
    CHECK(s.bytes() == 0);
    CHECK(s.count_entries() == 0);
    CHECK(s.attach(bob, 3));
    CHECK(name(s.append(alice, entry(2, 2))) == "not_attached");
}

TEST_CASE("the message store behaves like a list per user under random use") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    constexpr std::size_t per_user = 20;
    message_store s({.users_max = 12, .entries_per_user = per_user, .bytes_max = 40'000});
    struct model_user {
        std::uint64_t head = 0;
        std::deque<log_entry> all; // since the attachment
    };
    std::map<int, model_user> model;
    std::uint64_t message = 0;
    for (int step = 0; step < 50'000; ++step) {
        const int who = static_cast<int>(random() % 15);
        const user_id user{"user-" + std::to_string(who)};
        const auto known = model.find(who);
        switch (random() % 20) {
        case 0: {
            const std::uint64_t head = random() % 100;
            const bool attached = s.attach(user, head);
            REQUIRE(attached == (known != model.end() || model.size() < 12));
            if (attached && known == model.end()) model[who].head = head;
            break;
        }
        case 1:
            if (random() % 4 == 0) {
                s.drop(user);
                model.erase(who);
            }
            break;
        case 2:
            if (known != model.end() && !known->second.all.empty()) {
                auto& some = known->second.all[random() % known->second.all.size()];
                const auto state = static_cast<message_state>(random() % 3);
                s.update_state(user, some.message->id, state);
                some.state = std::max(some.state, state);
            }
            break;
        default:
            if (known == model.end()) break;
            const log_entry next = entry(known->second.head + 1, ++message, random() % 600);
            REQUIRE(s.append(user, next) == append_status::appended);
            ++known->second.head;
            known->second.all.push_back(next);
        }
        REQUIRE(s.bytes() <= 40'000);
        std::size_t entries = 0;
        for (const auto& [number, expected] : model) {
            const user_id u{"user-" + std::to_string(number)};
            const std::uint64_t begin = *s.tail_begin(u);
            REQUIRE(*s.head(u) == expected.head);
            const std::size_t length = expected.head + 1 - begin;
            REQUIRE(length <= std::min(per_user, expected.all.size()));
            entries += length;
            if (number != who || length == 0) continue;
            std::size_t at = expected.all.size() - length;
            REQUIRE(s.read(u, begin, {.max_bytes = 1 << 20}, [&](const log_entry& e) {
                         REQUIRE(e.seq == expected.all[at].seq);
                         REQUIRE(e.message == expected.all[at].message);
                         REQUIRE(e.state == expected.all[at].state);
                         ++at;
                     }).count == length);
        }
        REQUIRE(entries == s.count_entries());
        if (s.count_entries() == 0) REQUIRE(s.bytes() == 0);
    }
}

namespace {

log_entry in_room(std::uint64_t seq, const std::string& room, entry_kind kind, const user_id& about = {}) {
    auto record = std::make_shared<message_record>();
    record->id = id(seq);
    record->room = {room};
    record->chat_seq = seq;
    record->sender = bob;
    record->recipient = about;
    return {.seq = seq, .kind = kind, .message = std::move(record)};
}

} // namespace

TEST_CASE("what the tail holds of a room that the user left is hidden, but for its own coming and going", "[room]") {
    message_store store({});
    REQUIRE(store.attach(alice, 0));
    using enum entry_kind;
    for (const log_entry& each :
         {in_room(1, "r", member_joined, alice), in_room(2, "r", message), in_room(3, "other", message),
          in_room(4, "r", member_joined, bob), in_room(5, "r", room_deleted)})
        REQUIRE(store.append(alice, each) == append_status::appended);
    store.hide_room(alice, {"r"});
    REQUIRE(store.append(alice, in_room(6, "r", member_left, alice)) == append_status::appended);
    std::string hidden;
    (void)store.read(alice, 1, {}, [&hidden](const log_entry& e) { hidden += e.hidden ? '-' : '+'; });
    CHECK(hidden == "+-+-++");
}

TEST_CASE("a position in a room moves the state of what others wrote up to it", "[room]") {
    message_store store({});
    REQUIRE(store.attach(alice, 0));
    for (std::uint64_t seq = 1; seq <= 4; ++seq)
        REQUIRE(store.append(alice, in_room(seq, "r", entry_kind::message)) == append_status::appended);
    store.move_position({.user = alice, .room = {"r"}, .delivered = 3, .read = 1});
    store.move_position({.user = alice, .room = {"other"}, .delivered = 9, .read = 9});
    store.move_position({.user = bob, .room = {"r"}, .delivered = 9, .read = 9});
    std::vector<message_state> states;
    (void)store.read(alice, 1, {}, [&states](const log_entry& e) { states.push_back(e.state); });
    using enum message_state;
    CHECK((states == std::vector{read, delivered, delivered, sent}));
}
