#include "common/state/connection_store.hpp"
#include "common/state/message_store.hpp"
#include "common/state/presence_store.hpp"
#include "common/state/rate_limit_store.hpp"
#include "common/state/timer_wheel.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace wsd;
using namespace std::chrono_literals;

// As long as a UUID, so that ids are on the heap as in real use.
std::vector<user_id> some_users(std::size_t count) {
    std::vector<user_id> users;
    for (std::size_t i = 0; i < count; ++i) {
        std::string digits = std::to_string(i);
        users.push_back({std::string(36 - digits.size(), 'u') + digits});
    }
    return users;
}

void rate_limit_charge(benchmark::State& state) {
    const auto users = some_users(10'000);
    rate_limit_store store({.messages = static_cast<std::uint32_t>(state.range(0)), .mode = rate_limit_mode::reject});
    steady_time now{1000h};
    std::size_t i = 0;
    for (auto _ : state) {
        now += 10us;
        benchmark::DoNotOptimize(store.charge(users[i], {.connection = {.slot = 1, .generation = 1}}, now));
        i = (i * 5 + 1) % users.size();
    }
}
BENCHMARK(rate_limit_charge)->Arg(10)->Arg(1000)->Arg(10'000'000);

void connection_add_remove(benchmark::State& state) {
    const auto users = some_users(static_cast<std::size_t>(state.range(0)));
    connection_store<int*> store({});
    int served = 0;
    std::vector<connection_id> ids;
    ids.reserve(users.size());
    for (const user_id& user : users) ids.push_back(store.add(user, {"session"}, &served));
    std::size_t i = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(store.remove(ids[i]));
        ids[i] = store.add(users[i], {"session"}, &served);
        i = (i + 7919) % users.size();
    }
}
BENCHMARK(connection_add_remove)->Arg(1000)->Arg(50'000);

void connection_for_each_of(benchmark::State& state) {
    const auto users = some_users(10'000);
    connection_store<int*> store({});
    int served = 0;
    for (int n = 0; n < 2; ++n)
        for (const user_id& user : users) (void)store.add(user, {"session"}, &served);
    std::size_t i = 0;
    for (auto _ : state) {
        store.for_each_of(users[i], [](connection_id id, int*) { benchmark::DoNotOptimize(id); });
        i = (i + 7919) % users.size();
    }
}
BENCHMARK(connection_for_each_of);

// The heartbeats of all connections: each fires after 30 s and is armed anew.
void timer_wheel_fire_and_rearm(benchmark::State& state) {
    steady_time now{1000h};
    timer_wheel wheel({}, now);
    std::mt19937 random(1);
    for (std::uint32_t i = 0; i < state.range(0); ++i)
        if (!wheel.schedule({.slot = i, .generation = 1}, now + milliseconds(random() % 30'000))) return;
    std::size_t fired = 0;
    for (auto _ : state) {
        now += 16ms;
        fired += wheel.tick(now, [&](connection_id id) { benchmark::DoNotOptimize(wheel.schedule(id, now + 30s)); });
    }
    state.counters["fired"] = benchmark::Counter(static_cast<double>(fired), benchmark::Counter::kIsRate);
    state.SetItemsProcessed(static_cast<std::int64_t>(fired));
}
BENCHMARK(timer_wheel_fire_and_rearm)->Arg(1000)->Arg(10'000)->Arg(100'000);

log_entry entry(std::uint64_t seq) {
    auto record = std::make_shared<message_record>();
    record->id = message_id::make(1'700'000'000'000, 1, seq);
    record->content = std::string(64, 'x');
    return {.seq = seq, .message = std::move(record)};
}

// One entry to the next user's log, and its delivery to one connection at the head.
void message_append_and_read(benchmark::State& state) {
    const auto users = some_users(static_cast<std::size_t>(state.range(0)));
    message_store store({});
    for (const user_id& user : users)
        if (!store.attach(user, 0)) return;
    log_entry next = entry(1);
    std::size_t i = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(store.append(users[i], next));
        benchmark::DoNotOptimize(
            store.read(users[i], next.seq, {}, [](const log_entry& e) { benchmark::DoNotOptimize(e.seq); }));
        if (++i == users.size()) {
            i = 0;
            ++next.seq;
        }
    }
}
BENCHMARK(message_append_and_read)->Arg(100)->Arg(10'000);

void message_read_page(benchmark::State& state) {
    const user_id user{"user"};
    message_store store({});
    if (!store.attach(user, 0)) return;
    for (std::uint64_t seq = 1; seq <= 256; ++seq) benchmark::DoNotOptimize(store.append(user, entry(seq)));
    std::size_t bytes = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(
            store.read(user, 1, {}, [&bytes](const log_entry& e) { bytes += e.message->content.size(); }));
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 200);
}
BENCHMARK(message_read_page);

// A thousand users who are all contacts of each other come online within one tick.
void presence_everybody_comes(benchmark::State& state) {
    const auto users = some_users(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        presence_store store({});
        presence_writer writer = store.take_writer();
        for (const user_id& user : users) {
            benchmark::DoNotOptimize(writer.connected(user, 1));
            writer.set_contacts(user, users);
        }
        benchmark::DoNotOptimize(writer.advance(steady_time{1000h}, 2));
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}
BENCHMARK(presence_everybody_comes)->Arg(1000)->Unit(benchmark::kMillisecond);

void seeded_hash_of_36_bytes(benchmark::State& state) {
    const auto users = some_users(1000);
    const seeded_hash hash(hash_seed{1, 2, 3});
    std::size_t i = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(hash(users[i]));
        i = (i + 1) % users.size();
    }
}
BENCHMARK(seeded_hash_of_36_bytes);

} // namespace
