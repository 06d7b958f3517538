#include "tests/simulation/world.hpp"

#include "server/services/delivery.hpp"
#include "server/services/outbound.hpp"
#include "server/services/presence_delivery.hpp"
#include "server/services/typing.hpp"
#include "server/session/deadlines.hpp"
#include "server/session/run_session.hpp"
#include "server/session/shard_events.hpp"
#include "tests/unit/auth/token_maker.hpp"

#include <utility>
#include <variant>

namespace wsd::simulation {
namespace {

settings make_options(choices& chance) {
    settings options = test::quiet_settings();
    options.rate_limit_messages = 1'000'000;
    options.rate_limit_sensitive_room_actions = 1'000'000;
    options.max_devices_per_user = 10;
    options.room_member_events_max = chance.below(2) == 0 ? 50 : 2;
    options.room_auto_delete_empty = false; // with a room its messages go, and what is remembered of repeats
    options.backpressure_stall_ms = milliseconds(1000);
    if (chance.below(4) == 0) options.log_max_entries_per_user = 10;
    return options;
}

} // namespace

world::stepped_shard::stepped_shard(std::uint16_t index, world& owner)
    : inbox(io, *this, {.items = 1 << 20, .bytes = std::size_t{1} << 30}),
      home(index, io, owner.services_, owner.metrics_.make_block(), hash_seed{}) {}

void world::stepped_shard::on_message(shard_message&& message) {
    if (auto* batch = std::get_if<store_batch>(&message)) deliver_batch(home, std::move(*batch));
    if (auto* reply = std::get_if<read_reply>(&message)) read_answered(home, std::move(*reply));
    if (auto* snapshot = std::get_if<presence_snapshot>(&message)) presence_answered(home, std::move(*snapshot));
    if (auto* notice = std::get_if<typing_notice>(&message)) announce_typing(home, *notice);
    if (auto* order = std::get_if<begin_shutdown>(&message)) begin_shutdown_of(home, *order);
}

world::world(choices chance)
    : chance_(chance), options_(make_options(chance_)), disk_({.entries_max = options_.log_max_entries_per_user}),
      store_(disk_, time_, *this, {.shards = shard_count}), reader_(disk_, *this, {}),
      services_{.options = options_,
                .time = time_,
                .log = log_,
                .store = store_,
                .reader = reader_,
                .presence = *this,
                .administration = *this,
                .shards = *this,
                .identity = disk_.identity(),
                .keys_at_start = key_set::from_secret(test::secret).value(),
                .verification = {}},
      rooms_{"p", "q"} {
    for (std::uint16_t i = 0; i < shard_count; ++i) shards_.push_back(std::make_unique<stepped_shard>(i, *this));
    for (const std::string user : {"anna", "bob", "carl", "dora"}) {
        users_.push_back(user);
        const std::size_t count = 1 + below(2);
        for (std::size_t i = 0; i < count; ++i) {
            const device::traits is{
                .user = user, .name = "d" + std::to_string(i), .cumack = below(4) != 0, .noecho = below(2) == 0};
            devices_.push_back(std::make_unique<device>(is, chance_, known_));
            connect(*devices_.back());
        }
    }
    // Everybody is there from the first entry on, so that everything is seen.
    for (int rounds = 0; rounds < 2; ++rounds) {
        settle();
        for (const auto& each : devices_) each->receive();
    }
}

world::~world() {
    for (const auto& each : shards_) begin_shutdown_of(each->home, {.deadline = time_.now()});
    for (const auto& wire : wires_) wire->reset();
    settle();
    store_.drain_and_stop();
    for (const auto& each : shards_)
        while (turn(*each, 1000)) {
        }
    reader_.stop();
}

std::uint16_t world::home_of(const user_id& user) const {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(user.value.at(0)) % shard_count);
}

mailbox<shard_message, world::stepped_shard>& world::inbox_of(std::uint16_t shard) { return shards_.at(shard)->inbox; }

bool world::ask(presence_question&& question) {
    inbox_of(home_of(question.user)).push_reserved(presence_snapshot{.ticket = question.ticket});
    return true;
}

bool world::turn(stepped_shard& of, std::size_t handlers_max) {
    of.home.time.expire();
    std::size_t handled = 0;
    while (handled < handlers_max && of.io.poll_one() != 0) ++handled;
    const bool dirty = !of.home.dirty.empty();
    const bool idle = flush_dirty(of.home);
    of.home.store_touched = false;
    return handled > 0 || dirty || !idle;
}

void world::pass(milliseconds by) {
    time_.advance(by);
    for (const auto& each : shards_) {
        each->home.time.expire();
        tick(each->home);
    }
}

void world::connect(device& who) {
    stepped_shard& home = *shards_.at(home_of({who.user()}));
    auto wire = std::make_shared<test::memory_wire>(home.io, time_);
    wires_.push_back(wire);
    home.home.tasks.spawn(run_session(home.home, std::make_unique<test::memory_peer>(wire),
                                      identity{.user = {who.user()}, .session = {"default"}}, nullptr));
    who.connected_by(std::move(wire));
}

void world::touch_network(device& who) {
    if (!who.connected()) return connect(who);
    switch (below(5)) {
    case 0:
        return who.cut();
    case 1:
        return who.leave();
    case 2:
        return who.wire().take_only(below(2000));
    default:
        return who.wire().take_all();
    }
}

void world::step() {
    switch (below(24)) {
    case 0:
        return touch_network(*devices_[below(devices_.size())]);
    case 1:
        return pass(milliseconds(static_cast<long>(below(below(8) == 0 ? 3000 : 200))));
    case 2:
        disk_.broken = below(disk_.broken ? 2 : 40) == 0;
        disk_.unreadable = below(disk_.unreadable ? 2 : 40) == 0;
        return;
    case 3:
    case 4:
    case 5:
        (void)store_.run_once();
        return;
    case 6:
    case 7:
        (void)reader_.run_once();
        return;
    case 8:
    case 9:
    case 10:
    case 11:
        devices_[below(devices_.size())]->receive();
        return;
    case 12:
    case 13:
    case 14:
    case 15:
    case 16:
        return devices_[below(devices_.size())]->act(users_, rooms_);
    default:
        (void)turn(*shards_[below(shards_.size())], 1 + below(10));
    }
}

void world::settle() {
    for (int rounds = 0;; ++rounds) {
        if (rounds > 100'000) throw broken_promise("the server does not come to rest");
        bool moved = store_.run_once() > 0;
        moved = reader_.run_once() || moved;
        for (const auto& each : shards_) moved = turn(*each, 1000) || moved;
        if (!moved) return;
    }
}

void world::heal_and_check() {
    disk_.broken = disk_.unreadable = false;
    for (int rounds = 0;; ++rounds) {
        for (const auto& each : devices_) {
            if (each->connected()) each->wire().take_all();
        }
        pass(milliseconds(600));
        settle();
        bool all = true;
        for (const auto& each : devices_) {
            each->receive();
            if (!each->connected()) connect(*each);
            each->repeat();
            all = all && each->all_settled();
        }
        if (all) break;
        if (rounds > 200) throw broken_promise("somebody is never answered");
    }
    for (const auto& each : devices_) {
        for (const auto& other : devices_) {
            if (each->user() == other->user() && each->cursor() != other->cursor())
                throw broken_promise("two devices of " + each->user() + " are not at the same place");
        }
    }
    known_.check();
}

} // namespace wsd::simulation
