#include "loadgen/conductor.hpp"

#include "loadgen/process_sample.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <thread>
#include <vector>

namespace wsd::loadgen {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr asio::use_awaitable_t<executor> use_task;
constexpr auto tick = 20ms;
constexpr auto load_tick = 100ms; // coarser, because looking costs
// What is under way and does not move for so long is not waited for any further.
constexpr auto still_longest = 5s;
// After the last resume: what it brings comes at once.
constexpr auto still_after_resume = 1s;
constexpr auto drain_of_interrupted = 1s;
// For the last resume, when --drain asks for less or more.
constexpr std::chrono::nanoseconds last_resume_least = 5s;
constexpr std::chrono::nanoseconds last_resume_most = 15s;
constexpr auto goodbye_longest = 3s;
constexpr auto conclusion_longest = 45s; // of a scenario, after the load
constexpr auto ramp_slack = 5s;
constexpr std::size_t seconds_shown = 60; // of the past, in a status

using own_signal_set = asio::basic_signal_set<executor>;

void rethrow(std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
}

} // namespace

run_report conductor::run() {
    report_.options = plan_.options;
    report_.machine = plan_.machine;
    for (std::uint32_t index = 0; index < plan_.workers; ++index) workers_.add(plan_, index);
    std::vector<std::jthread> threads;
    workers_.for_each([&threads](worker& one) { threads.emplace_back([&one] { one.run(); }); });
    asio::co_spawn(io_, watch_signals(), [](std::exception_ptr) {});
    asio::co_spawn(io_, conduct(), rethrow);
    while (!finished_) io_.run_one();
    return std::move(report_);
}

template <class T> task<T> conductor::ask(worker& on, task<T> what) {
    if constexpr (std::is_void_v<T>) {
        co_await asio::co_spawn(on.io(), std::move(what), use_task);
    } else {
        co_return co_await asio::co_spawn(on.io(), std::move(what), use_task);
    }
}

task<> conductor::conduct() {
    report_.ramped = co_await ramp();
    const auto* what = find_scenario(plan_.options.scenario);
    if (report_.ramped) report_.prepared = co_await prepare();
    if (report_.prepared) {
        co_await load();
        if (what->ledger && what->sends) {
            const patience drain{interrupted_ ? drain_of_interrupted : plan_.options.drain, still_longest};
            begin_phase("drain", drain.longest);
            co_await settle(drain);
            co_await resume_incomplete();
            co_await judge();
        } else {
            // Those that are on their way back arrive before they are counted.
            const patience short_one{plan_.options.connect_timeout, still_after_resume};
            co_await settle(short_one);
        }
    }
    co_await collect();
    co_await say_goodbye();
    report_.interrupted = interrupted_;
    finished_ = true;
}

task<> conductor::watch_signals() {
    own_signal_set signals(io_, SIGINT, SIGTERM);
    co_await signals.async_wait(use_task);
    interrupted_ = true;
    co_await signals.async_wait(use_task);
    std::_Exit(static_cast<int>(exit_code::interrupted));
}

task<bool> conductor::ramp() {
    begin_phase("ramp", plan_.options.ramp);
    const auto start = plan_.time.now();
    for (std::size_t i = 0; i < workers_.size(); ++i) co_await ask(workers_[i], workers_[i].start_ramp(start));
    const auto longest = plan_.options.ramp + plan_.options.connect_timeout + ramp_slack;
    const std::uint64_t wanted = plan_.options.connections;
    const bool refusals = find_scenario(plan_.options.scenario)->refusals;
    bool complete = false;
    while (!interrupted_ && plan_.time.now() < start + longest) {
        const auto now = co_await poll(tick);
        complete = now.live == wanted || (refusals && now.live + now.dead == wanted);
        // One that fails at once is enough to know, but the others may tell why.
        if (complete || (now.dead != 0 && !refusals)) break;
    }
    report_.ramp_seconds = seconds_since(start);
    if (!complete)
        for (std::size_t i = 0; i < workers_.size(); ++i) co_await ask(workers_[i], workers_[i].abandon_ramp());
    co_return complete;
}

task<bool> conductor::prepare() {
    const auto* what = find_scenario(plan_.options.scenario);
    if (what->prepare == nullptr) co_return true;
    begin_phase("prepare");
    for (std::size_t i = 0; i < workers_.size(); ++i) co_await ask(workers_[i], workers_[i].start_preparing(*what));
    const auto longest = plan_.time.now() + plan_.options.connect_timeout;
    while (!interrupted_ && plan_.time.now() < longest)
        if ((co_await poll(tick)).preparing == 0) co_return true;
    co_return false;
}

task<> conductor::load() {
    begin_phase("load", plan_.options.duration);
    const auto* what = find_scenario(plan_.options.scenario);
    const auto start = plan_.time.now() + tick;
    for (std::size_t i = 0; i < workers_.size(); ++i) co_await ask(workers_[i], workers_[i].start_load(*what, start));
    if (what->restarts && plan_.process != nullptr) asio::co_spawn(io_, restart_server(start), rethrow);
    while (!interrupted_ && plan_.time.now() < start + plan_.options.duration) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(start + plan_.options.duration - plan_.time.now());
        const auto now = co_await poll(std::clamp<std::chrono::milliseconds>(left, 1ms, load_tick));
        if (now.live + now.connecting == 0 || now.finished == workers_.size()) break;
    }
    report_.load_seconds = seconds_since(start);
    for (std::size_t i = 0; i < workers_.size(); ++i) co_await ask(workers_[i], workers_[i].end_load());
    const auto longest = plan_.time.now() + conclusion_longest;
    while (plan_.time.now() < longest)
        if ((co_await poll(tick)).finished == workers_.size() && !restarting_) break;
}

task<> conductor::settle(patience how_long) {
    const auto start = plan_.time.now();
    auto moved = start;
    counters before;
    while (plan_.time.now() < start + how_long.longest && plan_.time.now() < moved + how_long.still) {
        const auto now = co_await poll(tick);
        if (now.connecting == 0 && now.unanswered == 0 && now.accounted >= now.expected) co_return;
        if (now.live == 0 && now.connecting == 0) co_return;
        if (now.accounted != before.accounted || now.unanswered != before.unanswered || now.live != before.live)
            moved = plan_.time.now();
        before = now;
    }
}

task<> conductor::resume_incomplete() {
    std::uint64_t concerned = 0;
    for (std::size_t i = 0; i < workers_.size(); ++i)
        concerned += co_await ask(workers_[i], workers_[i].resume_incomplete(!interrupted_));
    if (concerned == 0) co_return;
    begin_phase("last resume");
    const auto longest = std::clamp(plan_.options.drain, last_resume_least, last_resume_most);
    const auto start = plan_.time.now();
    while (plan_.time.now() < start + longest)
        if ((co_await poll(tick)).connecting == 0) break;
    // What was still unanswered has been sent again.
    const patience short_one{longest, still_after_resume};
    co_await settle(short_one);
}

task<> conductor::judge() {
    std::vector<ledger::message_key> elsewhere;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        const auto some = co_await ask(workers_[i], workers_[i].misdelivered());
        elsewhere.insert(elsewhere.end(), some.begin(), some.end());
    }
    std::ranges::sort(elsewhere);
    elsewhere.erase(std::unique(elsewhere.begin(), elsewhere.end()), elsewhere.end());
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        const auto verdict = co_await ask(workers_[i], workers_[i].judge(elsewhere));
        report_.faults += verdict.faults;
        report_.unverified += verdict.unverified;
    }
    report_.judged = true;
}

task<> conductor::collect() {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        const auto outcome = co_await ask(workers_[i], workers_[i].report());
        report_.count += outcome.count;
        report_.names.merge(outcome.names);
        report_.times.merge(outcome.times);
        report_.cpu_share = std::max(report_.cpu_share, outcome.cpu_share);
        report_.cpu_seconds += outcome.cpu_seconds;
        report_.checks.merge(outcome.checks);
        if (!outcome.unfit.empty()) report_.unfit = outcome.unfit;
        if (!outcome.server_version.empty()) report_.server_version = outcome.server_version;
    }
}

task<> conductor::say_goodbye() {
    begin_phase("close");
    for (std::size_t i = 0; i < workers_.size(); ++i) co_await ask(workers_[i], workers_[i].leave());
    const auto start = plan_.time.now();
    while (plan_.time.now() < start + goodbye_longest) {
        const auto now = co_await poll(tick);
        if (now.live + now.connecting == 0) break;
    }
    workers_.for_each([](worker& one) { asio::post(one.io(), [&one] { one.stop(); }); });
}

task<counters> conductor::poll(std::chrono::milliseconds pause) {
    steady_timer timer(io_);
    timer.expires_after(pause);
    co_await timer.async_wait(use_task);
    counters sum;
    tallies names;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        const auto sample = co_await ask(workers_[i], workers_[i].take_sample());
        sum += sample.count;
        names.merge(sample.names);
        ack_.merge(sample.ack);
        delivery_.merge(sample.delivery);
        lag_.merge(sample.lag);
        second_ack_.merge(sample.ack);
        second_delivery_.merge(sample.delivery);
        second_lag_.merge(sample.lag);
    }
    show_status(sum, names);
    note_second(sum);
    co_return sum;
}

void conductor::show_status(const counters& now, const tallies& names) {
    const double seconds = seconds_since(shown_at_);
    if (!status_.show || seconds * 1000 < static_cast<double>(status_.every.count())) return;
    const auto rate = [seconds](std::uint64_t after, std::uint64_t before) {
        return static_cast<double>(after - before) / seconds;
    };
    const auto stage =
        phase_ == "load" ? plan_.options.load.stage_at(plan_.time.now() - phase_start_) : load_profile::stage_number{};
    status_.show({.scenario = plan_.options.scenario,
                  .phase = phase_,
                  .seconds = seconds_since(phase_start_),
                  .seconds_max = std::chrono::duration<double>(phase_longest_).count(),
                  .stage = stage.number,
                  .stages = stage.of,
                  .stage_rate = stage.per_second,
                  .count = now,
                  .names = names,
                  .sent_per_second = rate(now.sent, shown_.sent),
                  .delivered_per_second = rate(now.delivered, shown_.delivered),
                  .upgrades_per_second = rate(now.upgrades, shown_.upgrades),
                  .ack_p99 = ack_.percentile(0.99),
                  .delivery_p99 = delivery_.percentile(0.99),
                  .lag_p99 = lag_.percentile(0.99),
                  .past = report_.series.tail(seconds_shown)});
    shown_ = now;
    shown_at_ = plan_.time.now();
    ack_.clear();
    delivery_.clear();
    lag_.clear();
}

void conductor::note_second(const counters& now) {
    if (seconds_since(noted_at_) < 1) return;
    series_point point{.at_seconds = seconds_since(started_at_),
                       .phase = phase_,
                       .live = now.live,
                       .upgrades = now.upgrades - noted_.upgrades,
                       .sent = now.sent - noted_.sent,
                       .acked = now.acked - noted_.acked,
                       .delivered = now.delivered - noted_.delivered,
                       .refused = now.refused - noted_.refused,
                       .unanswered = now.unanswered,
                       .ack_p50 = second_ack_.percentile(0.5),
                       .ack_p99 = second_ack_.percentile(0.99),
                       .delivery_p50 = second_delivery_.percentile(0.5),
                       .delivery_p99 = second_delivery_.percentile(0.99),
                       .lag_p99 = second_lag_.percentile(0.99)};
    if (plan_.process != nullptr && plan_.process->id() != 0) {
        if (const auto server = sample_process(plan_.process->id())) {
            point.rss_bytes = server->rss_bytes;
            point.descriptors = server->descriptors;
        }
    }
    report_.series.add(point);
    noted_ = now;
    noted_at_ = plan_.time.now();
    second_ack_.clear();
    second_delivery_.clear();
    second_lag_.clear();
}

void conductor::begin_phase(std::string_view name, std::chrono::nanoseconds longest) {
    phase_ = name;
    phase_longest_ = longest;
    phase_start_ = plan_.time.now();
    if (started_at_ == steady_time{}) started_at_ = shown_at_ = noted_at_ = phase_start_;
}

double conductor::seconds_since(steady_time when) const {
    return std::chrono::duration<double>(plan_.time.now() - when).count();
}

} // namespace wsd::loadgen
