#include "loadgen/worker.hpp"

#include "loadgen/pacer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <exception>

namespace wsd::loadgen {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<executor>{});
// Bounds how long what was written in a turn waits for its flush. By time and not by number: a burst of replies is many
// handlers, and what they write should leave in one piece.
constexpr auto longest_turn = 1ms;
constexpr std::size_t handlers_per_look = 128; // at the clock
constexpr std::uint64_t connecting_max = 256;  // at once, well below the listen queues of servers
constexpr auto ramp_tick = 1ms;
constexpr auto deadline_tick = 100ms;
// Sleeping shorter costs more than it gains; latency is counted from the scheduled time anyway.
constexpr auto shortest_sleep = 100us;
constexpr auto longest_sleep = 50ms; // so that the end of the load is noticed

double thread_cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

task<> sleep_until(asio::io_context& io, steady_time when) {
    steady_timer timer(io);
    timer.expires_at(when);
    co_await timer.async_wait(as_result);
}

} // namespace

worker::worker(const run_plan& plan, std::uint32_t index)
    : plan_(plan), index_(index), random_(plan.options.seed * 1000 + index),
      book_({.run = plan.run, .strict = plan.options.caps.seq, .noecho = plan.options.caps.noecho}, plan.who) {
    for (std::uint32_t connection = 0; connection < plan.who.connections(); ++connection)
        if (plan.who.chat_of(plan.who.user_of(connection)) % plan.workers == index) users_.add(*this, connection);
}

void worker::run() {
    spawn(watch_deadlines());
    while (!stopped_) {
        const auto turn_start = now();
        std::size_t handled = 0;
        while (io_.poll_one() != 0)
            if (++handled % handlers_per_look == 0 && now() - turn_start > longest_turn) break;
        flushes_.flush();
        if (handled == 0) io_.run_one();
    }
}

void worker::spawn(task<> work) {
    asio::co_spawn(io_, std::move(work), [](std::exception_ptr failure) {
        // A mistake of this program: nothing that it says afterwards could be trusted.
        if (failure) std::rethrow_exception(failure);
    });
}

// ---- the phases of a run ----

task<> worker::start_ramp(steady_time start) {
    spawn(open_connections(start));
    co_return;
}

task<> worker::open_connections(steady_time start) {
    const auto& options = plan_.options;
    pacer schedule({.start = start,
                    .profile = load_profile(static_cast<double>(users_.size()) /
                                            std::max(1e-6, std::chrono::duration<double>(options.ramp).count()))});
    for (std::size_t next = 0; next < users_.size() && !abandoned_;) {
        while (next < users_.size() && schedule.due(now()) && count_.connecting < connecting_max) {
            schedule.take();
            spawn(users_[next++].run());
        }
        co_await sleep_until(io_, now() + ramp_tick);
    }
}

task<> worker::abandon_ramp() {
    abandoned_ = true;
    co_return;
}

task<> worker::start_load(const scenario& what, steady_time start) {
    load_start_ = start;
    cpu_at_start_ = thread_cpu_seconds();
    spawn(carry_out(what));
    co_return;
}

task<> worker::carry_out(const scenario& what) {
    co_await what.load(*this);
    count_.finished = 1;
}

task<> worker::start_preparing(const scenario& what) {
    spawn(what.prepare(*this));
    co_return;
}

task<> worker::end_load() {
    load_over_ = true;
    refilling_ = false;
    cpu_in_load_ = thread_cpu_seconds() - cpu_at_start_;
    load_seconds_ = std::chrono::duration<double>(now() - load_start_).count();
    co_return;
}

task<std::uint64_t> worker::resume_incomplete(bool had_time) {
    std::uint64_t concerned = 0;
    users_.for_each([&](virtual_user& user) {
        if (user.state() == virtual_user::phase::dead) return;
        if (user.unsettled() == 0 && book_.complete(user.connection())) return;
        ++concerned;
        if (had_time && user.state() == virtual_user::phase::live) book_.unanswered(user.unsettled());
        user.resume_last();
    });
    co_return concerned;
}

task<> worker::leave() {
    users_.for_each([](virtual_user& user) { user.leave(); });
    co_return;
}

void worker::stop() { stopped_ = true; }

// ---- what is known ----

task<worker::sample> worker::take_sample() {
    refresh_counts();
    sample taken;
    taken.count = count_;
    taken.names = names_;
    std::swap(taken.ack, interval_ack_);
    std::swap(taken.delivery, interval_delivery_);
    std::swap(taken.lag, interval_lag_);
    co_return taken;
}

task<worker::outcome> worker::report() {
    refresh_counts();
    users_.for_each([this](const virtual_user& user) { count_.bytes_out += user.bytes_written(); });
    outcome all;
    all.count = count_;
    all.names = names_;
    all.times = times_;
    all.server_version = server_version_;
    all.unfit = unfit_;
    all.checks = checks_;
    all.cpu_seconds = cpu_in_load_;
    if (load_seconds_ > 0) all.cpu_share = cpu_in_load_ / load_seconds_;
    co_return all;
}

task<std::vector<ledger::message_key>> worker::misdelivered() { co_return book_.misdelivered(); }

task<worker::verdict> worker::judge(std::vector<ledger::message_key> elsewhere) {
    verdict found;
    users_.for_each([&](const virtual_user& user) {
        if (user.state() == virtual_user::phase::live) return;
        book_.set_aside(user.connection());
        ++found.unverified;
    });
    found.faults = book_.judge(elsewhere);
    co_return found;
}

void worker::refresh_counts() {
    count_.expected = book_.expected();
    count_.accounted = book_.accounted();
    count_.reported_gaps = book_.reported_entries();
}

void worker::record_ack(const ack_times& took) {
    times_.ack.record(took.from_due);
    times_.ack_from_send.record(took.from_send);
    times_.ack_uncorrected.record(took.uncorrected);
    interval_ack_.record(took.from_due);
}

void worker::record_delivery(std::chrono::nanoseconds from_due, bool left_alone) {
    times_.delivery.record(from_due);
    if (storm_ && left_alone) times_.delivery_others.record(from_due);
    interval_delivery_.record(from_due);
}

// ---- for scenarios ----

task<> worker::send_on_schedule() {
    const auto& options = plan_.options;
    pacer schedule({.start = load_start_,
                    .profile = options.load,
                    .lane = index_,
                    .lanes = plan_.workers,
                    .poisson_seed = options.poisson ? std::optional(options.seed) : std::nullopt});
    const auto end = load_start_ + options.duration;
    while (!load_over_) {
        const auto at = now();
        while (schedule.due(at) && schedule.next() < end) {
            const auto due = schedule.take();
            times_.lag.record(at - due);
            interval_lag_.record(at - due);
            send_from_next(due);
        }
        const auto soonest = at + shortest_sleep;
        co_await sleep_until(io_, std::clamp(schedule.next(), soonest, at + std::chrono::nanoseconds(longest_sleep)));
    }
}

void worker::send_from_next(steady_time due) {
    for (std::size_t tried = 0; tried < users_.size(); ++tried) {
        auto& user = users_[next_sender_];
        next_sender_ = (next_sender_ + 1) % users_.size();
        if (!user.may_send()) continue;
        user.send(due);
        return;
    }
}

void worker::fill_windows() {
    refilling_ = true;
    users_.for_each([](virtual_user& user) { user.continue_closed_loop(); });
}

task<> worker::cut_connections(double per_second, cuts which) {
    pacer schedule({.start = load_start_, .profile = load_profile(per_second), .lane = index_, .lanes = plan_.workers});
    while (!load_over_) {
        const auto at = now();
        while (schedule.due(at)) {
            schedule.take();
            auto& victim = users_[random_.below(static_cast<std::uint32_t>(users_.size()))];
            const auto how = static_cast<virtual_user::cut_kind>(random_.below(4));
            victim.cut(which == cuts::orderly ? virtual_user::cut_kind::close : how);
        }
        co_await sleep_until(io_, std::min(schedule.next(), at + std::chrono::nanoseconds(longest_sleep)));
    }
}

task<> worker::until_load_over() {
    while (!load_over_) co_await sleep_until(io_, now() + longest_sleep);
}

probe& worker::add_probe(std::function<void(const incoming&)> frame) {
    const auto user = plan_.who.users() + static_cast<std::uint32_t>(probes_.size());
    return probes_.add(*this, user, std::move(frame));
}

void worker::watch_presence() {
    presence_.emplace(plan_.who.users());
    wire_.want_presence();
}

void worker::send_somebody_away(std::chrono::milliseconds how_long) {
    constexpr int tries = 16;
    for (int i = 0; i < tries; ++i) {
        auto& user = users_[random_.below(static_cast<std::uint32_t>(users_.size()))];
        const auto partner = plan_.who.partner_of(user.user());
        if (!partner || user.state() != virtual_user::phase::live) continue;
        if (!presence_->settled(user.user()) || !presence_->settled(*partner)) continue;
        presence_->changed(user.user(), false, now());
        user.go_away(how_long);
        return;
    }
}

task<> worker::pause(std::chrono::nanoseconds how_long) { co_await sleep_until(io_, now() + how_long); }

void worker::expect(std::string what, const std::string& expected, const std::string& found) {
    checks_.add({.what = std::move(what), .expected = expected, .found = found, .met = expected == found});
}

task<> worker::watch_deadlines() {
    while (!stopped_) {
        co_await sleep_until(io_, now() + deadline_tick);
        const auto at = now();
        // Live connections have no deadline.
        if (count_.connecting != 0) users_.for_each([at](virtual_user& user) { user.check_deadline(at); });
    }
}

} // namespace wsd::loadgen
