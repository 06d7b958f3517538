#include "loadgen/state/status_sum.hpp"

#include <algorithm>

namespace wsd::loadgen {
namespace {

constexpr std::size_t seconds_shown = 60;

void add(run_status& sum, const run_status& one) {
    sum.count += one.count;
    sum.names.merge(one.names);
    sum.stage_rate += one.stage_rate;
    sum.sent_per_second += one.sent_per_second;
    sum.delivered_per_second += one.delivered_per_second;
    sum.upgrades_per_second += one.upgrades_per_second;
    sum.ack_p99 = std::max(sum.ack_p99, one.ack_p99);
    sum.delivery_p99 = std::max(sum.delivery_p99, one.delivery_p99);
    sum.lag_p99 = std::max(sum.lag_p99, one.lag_p99);
}

} // namespace

void status_sum::tell(std::uint32_t part, const run_status& now) {
    parts_[part].last = now;
    parts_[part].told = true;
}

void status_sum::end(std::uint32_t part) {
    auto& one = parts_[part];
    one.ended = true;
    // What it did counts; what it was doing is over.
    one.last = {.count = one.last.count, .names = one.last.names};
    one.last.count.live = one.last.count.connecting = one.last.count.unanswered = 0;
}

bool status_sum::complete() const {
    const bool any = std::ranges::any_of(parts_, [](const process& one) { return !one.ended; });
    return any && std::ranges::all_of(parts_, [](const process& one) { return one.told || one.ended; });
}

run_status status_sum::whole(steady_time now) {
    run_status sum;
    // They go through the phases together, but for moments.
    const auto running = std::ranges::find_if(parts_, [](const process& one) { return !one.ended; });
    if (running != parts_.end())
        sum = {.phase = running->last.phase,
               .seconds = running->last.seconds,
               .seconds_max = running->last.seconds_max,
               .stage = running->last.stage,
               .stages = running->last.stages};
    for (auto& one : parts_) {
        add(sum, one.last);
        one.told = false;
    }
    if (noted_at_ == steady_time{}) {
        noted_ = sum.count;
        noted_at_ = now;
    }
    if (now - noted_at_ >= std::chrono::seconds(1)) {
        past_.add({.phase = sum.phase,
                   .live = sum.count.live,
                   .upgrades = sum.count.upgrades - noted_.upgrades,
                   .acked = sum.count.acked - noted_.acked,
                   .ack_p99 = sum.ack_p99,
                   .delivery_p99 = sum.delivery_p99});
        noted_ = sum.count;
        noted_at_ = now;
    }
    sum.past = past_.tail(seconds_shown);
    return sum;
}

} // namespace wsd::loadgen
