#include "common/state/delivery_store.hpp"

#include <catch_amalgamated.hpp>

#include <map>
#include <random>
#include <string>

namespace {

using namespace wsd;
using namespace std::chrono_literals;

const user_id alice{"alice"};
const user_id bob{"bob"};
const device_id phone{"phone"};
const steady_time start{1000h};

message_id id(std::uint64_t number) { return message_id::make(1'700'000'000'000, 1, number); }

log_entry entry(std::uint64_t seq, const user_id& sender = bob, message_state state = message_state::sent) {
    auto record = std::make_shared<message_record>();
    record->id = id(seq);
    record->sender = sender;
    return {.seq = seq, .state = state, .message = std::move(record)};
}

} // namespace

TEST_CASE("a device's acknowledged position is shared by its connections and never goes back") {
    delivery_store s({});
    REQUIRE(s.attach(alice));
    s.attach_device(alice, phone, std::nullopt);
    CHECK(s.acknowledged(alice, phone) == std::nullopt);
    CHECK(s.acknowledge(alice, phone, 7));
    CHECK_FALSE(s.acknowledge(alice, phone, 5));
    CHECK_FALSE(s.acknowledge(alice, phone, 7));
    CHECK_FALSE(s.acknowledge(alice, {"desk"}, 7));
    CHECK_FALSE(s.acknowledge(bob, phone, 7));
    s.attach_device(alice, phone, 6);
    CHECK(s.acknowledged(alice, phone) == 7);
    s.attach_device(alice, {"desk"}, 3);
    CHECK(s.acknowledged(alice, {"desk"}) == 3);
    s.detach_device(alice, phone);
    CHECK(s.acknowledged(alice, phone) == 7);
    s.detach_device(alice, phone);
    CHECK(s.acknowledged(alice, phone) == std::nullopt);
    s.detach_device(alice, phone);
    CHECK(s.acknowledged(alice, {"desk"}) == 3);
    s.drop(alice);
    CHECK(s.acknowledged(alice, {"desk"}) == std::nullopt);
    CHECK(s.count_users() == 0);
}

TEST_CASE("a message unconfirmed for the timeout since its first write is overdue once") {
    delivery_store s({});
    REQUIRE(s.attach(alice));
    s.written(alice, entry(1), start);
    s.written(alice, entry(2), start + 1s);
    s.written(alice, entry(1), start + 2s); // a slower connection of the same user
    s.written(alice, entry(2), start + 2s);
    s.confirmed(alice, id(2));
    s.confirmed(alice, id(2));
    CHECK(s.take_overdue(start + 30s - 1ms) == 0);
    CHECK(s.take_overdue(start + 30s) == 1);
    CHECK(s.take_overdue(start + 1h) == 0);
    s.written(alice, entry(2), start + 1h);
    CHECK(s.count_unconfirmed() == 0);
}

TEST_CASE("own messages and those confirmed before are not watched") {
    delivery_store s({});
    REQUIRE(s.attach(alice));
    s.written(alice, entry(1, alice), start);
    s.written(alice, entry(2, bob, message_state::delivered), start);
    s.written(bob, entry(3, alice), start);
    CHECK(s.count_unconfirmed() == 0);
}

TEST_CASE("a message is watched for each of its recipients") {
    delivery_store s({});
    REQUIRE(s.attach(alice));
    REQUIRE(s.attach({"carol"}));
    s.written(alice, entry(1), start);
    s.written({"carol"}, entry(1), start);
    s.confirmed(alice, id(1));
    CHECK(s.take_overdue(start + 30s) == 1);
}

TEST_CASE("beyond the caps nothing is kept and it is counted") {
    delivery_store s({.users_max = 1, .unconfirmed_max = 2});
    REQUIRE(s.attach(alice));
    REQUIRE(s.attach(alice));
    CHECK_FALSE(s.attach(bob));
    for (std::uint64_t seq = 1; seq <= 5; ++seq) s.written(alice, entry(seq), start);
    CHECK(s.count_unconfirmed() == 2);
    CHECK(s.not_watched() == 3);
    s.drop(alice);
    CHECK(s.take_overdue(start + 30s) == 2);
    CHECK(s.attach(bob));
}

TEST_CASE("unconfirmed messages are counted like in a table under random use") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    delivery_store s({.ack_timeout = 1s});
    std::map<std::uint64_t, steady_time> model;
    steady_time now = start;
    std::uint64_t seq = 0;
    REQUIRE(s.attach(alice));
    for (int step = 0; step < 20'000; ++step) {
        now += milliseconds(random() % 10);
        if (random() % 2 == 0) {
            s.written(alice, entry(++seq), now);
            model[seq] = now + 1s;
        } else if (seq > 0) {
            const std::uint64_t some = seq - std::min<std::uint64_t>(seq - 1, random() % 300);
            s.confirmed(alice, id(some));
            model.erase(some);
        }
        if (random() % 50 == 0) {
            const std::size_t overdue = std::erase_if(model, [now](const auto& m) { return m.second <= now; });
            REQUIRE(s.take_overdue(now) == overdue);
        }
        REQUIRE(s.count_unconfirmed() == model.size());
    }
}
