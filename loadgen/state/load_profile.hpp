#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace wsd::loadgen {

// How many events an open load makes due as time goes by: one rate, or stages of different rates one after the other.
// The last rate goes on for ever. A plain value; bounded by the stages that somebody writes down.
class load_profile {
  public:
    load_profile() = default; // no rate at all
    explicit load_profile(double per_second) { add_stage({}, per_second); }

    // A rate of 0 is a pause.
    void add_stage(std::chrono::nanoseconds length, double per_second);

    // The same stages at a share of their rates.
    [[nodiscard]] load_profile scaled(double share) const;

    // From the start to when the event is due that comes after `events` others; a fraction lies between two. Never,
    // when the load has ended before: some centuries.
    [[nodiscard]] std::chrono::nanoseconds time_of(double events) const;
    [[nodiscard]] std::chrono::nanoseconds length() const { return length_; } // of all stages
    [[nodiscard]] bool empty() const { return stages_.empty(); }
    // Which stage it is then, from 1 on; 0 before the first.
    struct stage_number {
        std::size_t number = 0;
        std::size_t of = 0;
        double per_second = 0;
    };
    [[nodiscard]] stage_number stage_at(std::chrono::nanoseconds when) const;
    // On average over all stages; of a single one without length, its rate.
    [[nodiscard]] double mean_per_second() const;

    // visit(std::chrono::nanoseconds length, double per_second)
    template <class Visit> void for_each(Visit&& visit) const {
        for (const auto& one : stages_) visit(one.length, one.per_second);
    }

  private:
    struct stage {
        std::chrono::nanoseconds start{};
        std::chrono::nanoseconds length{};
        double events_before = 0;
        double per_second = 0;
    };
    std::vector<stage> stages_;
    std::chrono::nanoseconds length_{};
};

} // namespace wsd::loadgen
