// What the log costs: CPU and wall time of a direct message at several sizes of a commit, of receipts and of replay,
// with each durability, in an empty store and in one that holds a million messages.
#include "server/storage/memory_log.hpp"
#include "server/storage/sqlite_log.hpp"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/resource.h>

namespace {

using namespace wsd;

constexpr timestamp begin_of_time = 1'782'036'000'000;

double process_cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Random pairs of `users`, each message with a client id of its own.
class load {
  public:
    explicit load(unsigned users) : users_(users) {}

    std::vector<log_operation> appends(std::size_t count) {
        std::vector<log_operation> operations;
        for (std::size_t i = 0; i < count; ++i) {
            const auto from = static_cast<unsigned>(random_() % users_);
            append_direct draft;
            draft.sender = name(from);
            draft.recipient = name(from ^ 1U);
            draft.content = std::string(64, 'x');
            draft.client_message_id = "client-" + std::to_string(++sent_);
            operations.emplace_back(std::move(draft));
        }
        return operations;
    }
    static user_id name(unsigned user) { return {"user-" + std::to_string(user)}; }

  private:
    unsigned users_;
    std::mt19937 random_{7};
    std::uint64_t sent_ = 0;
};

struct store {
    explicit store(durability how) : level(how) {
        if (level == durability::memory) {
            log = std::make_unique<memory_log>(make_store_name(), memory_max);
            return;
        }
        const char* base = std::getenv("WSD_BENCH_DIR");
        directory = std::string(base != nullptr ? base : "/tmp") + "/wsd-storage-bench";
        std::filesystem::remove_all(directory);
        auto opened = open_sqlite_log({.directory = directory, .level = level});
        if (!opened.log) throw std::runtime_error(opened.problem);
        log = std::move(opened.log);
    }
    ~store() {
        log.reset();
        if (!directory.empty()) std::filesystem::remove_all(directory);
    }

    // A benchmark may go on for longer than there is memory: then it begins with an empty log again.
    void make_room() {
        if (level != durability::memory || (stored += 256) < messages_in_memory_max) return;
        log = std::make_unique<memory_log>(make_store_name(), memory_max);
        stored = 0;
    }
    void commit(const std::vector<log_operation>& operations) {
        outcomes.assign(operations.size(), log_outcome{errc::invalid});
        if (!log->commit(operations, outcomes, ++now)) throw std::runtime_error(log->last_error());
    }
    void fill(load& from, std::size_t messages) {
        for (std::size_t done = 0; done < messages; done += 256) commit(from.appends(256));
    }

    static constexpr std::size_t memory_max = std::size_t{4} << 30;
    static constexpr std::size_t messages_in_memory_max = 3'000'000;

    durability level;
    std::string directory;
    std::unique_ptr<message_log> log;
    std::size_t stored = 0;
    std::vector<log_outcome> outcomes;
    timestamp now = begin_of_time;
};

void report(benchmark::State& state, std::size_t items, double cpu_seconds) {
    state.SetItemsProcessed(static_cast<std::int64_t>(items));
    state.counters["cpu_us_per_item"] = cpu_seconds * 1e6 / static_cast<double>(items);
}

// Arguments: durability, messages a commit, users, messages stored before.
void append(benchmark::State& state) {
    store log(static_cast<durability>(state.range(0)));
    load messages(static_cast<unsigned>(state.range(2)));
    log.fill(messages, static_cast<std::size_t>(state.range(3)));
    std::size_t items = 0;
    double cpu = 0;
    for (auto _ : state) {
        state.PauseTiming();
        log.make_room();
        const auto operations = messages.appends(static_cast<std::size_t>(state.range(1)));
        state.ResumeTiming();
        const double before = process_cpu_seconds();
        log.commit(operations);
        cpu += process_cpu_seconds() - before;
        items += operations.size();
    }
    report(state, items, cpu);
}

// Receipts for messages that were just appended, 100 a commit. Arguments: durability, 0: one by one, 1: up to.
void confirm(benchmark::State& state) {
    store log(static_cast<durability>(state.range(0)));
    load messages(100);
    std::size_t items = 0;
    double cpu = 0;
    for (auto _ : state) {
        state.PauseTiming();
        log.make_room();
        const auto appends = messages.appends(100);
        log.commit(appends);
        std::vector<log_operation> receipts;
        for (std::size_t i = 0; i < appends.size(); ++i) {
            const auto& user = std::get<append_direct>(appends[i]).recipient;
            const auto& sent = std::get<appended>(log.outcomes[i]);
            if (state.range(1) == 0) {
                receipts.emplace_back(confirm_message{user, sent.message->id, receipt_kind::delivered});
            } else {
                receipts.emplace_back(confirm_up_to{user, {}, sent.recipient_seq});
            }
        }
        state.ResumeTiming();
        const double before = process_cpu_seconds();
        log.commit(receipts);
        cpu += process_cpu_seconds() - before;
        items += receipts.size();
    }
    report(state, items, cpu);
}

// A hundred members confirm the newest message of a room, the others have stayed behind. Arguments: durability,
// members.
void confirm_in_room(benchmark::State& state) {
    store log(static_cast<durability>(state.range(0)));
    room_action::create members;
    for (unsigned i = 1; i < static_cast<unsigned>(state.range(1)); ++i) members.members.push_back(load::name(i));
    log.commit({change_room{.caller = load::name(0), .room = {"r"}, .action = members, .rules = {}}});
    std::size_t items = 0;
    double cpu = 0;
    for (auto _ : state) {
        state.PauseTiming();
        log.commit({append_room{load::name(0), {"r"}, std::string(64, 'x'), "text", {}}});
        const message_id id = std::get<posted>(log.outcomes[0]).message->id;
        std::vector<log_operation> receipts;
        for (unsigned i = 1; i <= 100; ++i)
            receipts.emplace_back(confirm_message{load::name(i), id, receipt_kind::delivered});
        state.ResumeTiming();
        const double before = process_cpu_seconds();
        log.commit(receipts);
        cpu += process_cpu_seconds() - before;
        items += receipts.size();
    }
    report(state, items, cpu);
}

// Pages of 200 entries of a log of 10,000, in a store of 100 such users. Argument: durability.
void replay(benchmark::State& state) {
    store log(static_cast<durability>(state.range(0)));
    load messages(100);
    log.fill(messages, 500'000);
    auto reader = log.log->open_reader().value();
    std::size_t items = 0;
    double cpu = 0;
    unsigned user = 0;
    std::uint64_t from = 1;
    for (auto _ : state) {
        const double before = process_cpu_seconds();
        page_request request;
        request.user = load::name(user);
        request.from = from;
        request.to = 9000;
        const auto page = reader->read_page(request).value();
        cpu += process_cpu_seconds() - before;
        items += page.entries.size();
        from += page.entries.size();
        if (from >= 9000) {
            from = 1;
            user = (user + 1) % 100;
        }
    }
    report(state, items, cpu);
}

constexpr auto to_disk = static_cast<std::int64_t>(durability::fsync);
constexpr auto to_system = static_cast<std::int64_t>(durability::os);
constexpr auto to_memory = static_cast<std::int64_t>(durability::memory);

} // namespace

BENCHMARK(append)
    ->ArgNames({"durability", "per_commit", "users", "stored"})
    ->ArgsProduct({{to_disk, to_system, to_memory}, {1, 10, 100, 256}, {100}, {0}})
    ->ArgsProduct({{to_disk, to_memory}, {100}, {10'000}, {0}})
    ->ArgsProduct({{to_disk, to_memory}, {100}, {100, 10'000}, {1'000'000}})
    ->UseRealTime();
BENCHMARK(confirm)
    ->ArgNames({"durability", "up_to"})
    ->ArgsProduct({{to_disk, to_system, to_memory}, {0, 1}})
    ->UseRealTime();
BENCHMARK(confirm_in_room)
    ->ArgNames({"durability", "members"})
    ->ArgsProduct({{to_system, to_memory}, {101, 1000, 10'000}})
    ->UseRealTime();
BENCHMARK(replay)->ArgNames({"durability"})->Arg(to_disk)->Arg(to_memory)->UseRealTime();
