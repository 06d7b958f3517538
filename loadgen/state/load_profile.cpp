#include "loadgen/state/load_profile.hpp"

#include <cmath>

namespace wsd::loadgen {
namespace {

constexpr std::chrono::nanoseconds never = std::chrono::hours(24 * 36'500);

double seconds(std::chrono::nanoseconds value) { return std::chrono::duration<double>(value).count(); }

} // namespace

void load_profile::add_stage(std::chrono::nanoseconds length, double per_second) {
    double before = 0;
    if (!stages_.empty()) {
        const auto& last = stages_.back();
        before = last.events_before + seconds(last.length) * last.per_second;
    }
    stages_.push_back({.start = length_, .length = length, .events_before = before, .per_second = per_second});
    length_ += length;
}

load_profile load_profile::scaled(double share) const {
    load_profile other;
    for (const auto& one : stages_) other.add_stage(one.length, one.per_second * share);
    return other;
}

std::chrono::nanoseconds load_profile::time_of(double events) const {
    const stage* of = nullptr;
    for (const auto& one : stages_)
        if (one.events_before <= events) of = &one;
    if (of == nullptr || of->per_second <= 0) return never;
    // From the event's number each time: a sum of rounded intervals would drift.
    const double ns = (events - of->events_before) * 1e9 / of->per_second;
    return ns > static_cast<double>(never.count()) ? never : of->start + std::chrono::nanoseconds(std::llround(ns));
}

load_profile::stage_number load_profile::stage_at(std::chrono::nanoseconds when) const {
    stage_number found{.of = stages_.size()};
    for (const auto& one : stages_) {
        if (one.start > when) break;
        ++found.number;
        found.per_second = one.per_second;
    }
    return found;
}

double load_profile::mean_per_second() const {
    if (stages_.empty()) return 0;
    if (length_.count() == 0) return stages_.back().per_second;
    const auto& last = stages_.back();
    return (last.events_before + seconds(last.length) * last.per_second) / seconds(length_);
}

} // namespace wsd::loadgen
