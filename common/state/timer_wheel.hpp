#pragma once

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wsd {

// Deadlines of one shard's connections: one wheel instead of a timer for each. A deadline is never early and at most
// one step late (and as late as tick() is called). There is no cancelling: whoever is called looks whether it is due
// and arms itself anew, so a connection should keep one deadline pending, its earliest. Lives on its shard's thread; 24
// bytes an entry, entries_max of them; memory is given back after a burst.
class timer_wheel {
  public:
    struct options {
        milliseconds step{16};
        std::size_t slots = 4096; // a deadline further away than slots * step costs one more look per turn of the wheel
        std::size_t entries_max = 1 << 23;
    };

    timer_wheel(const options& o, steady_time now);

    // A deadline in the past fires at the next step. False: entries_max reached, nothing was scheduled.
    [[nodiscard]] bool schedule(connection_id id, steady_time due);

    // fn(connection_id) for every entry that is due, ordered by deadline as far as steps tell them apart. fn may
    // schedule; what it schedules is never called within the same step. Returns the number of calls.
    template <class Fn> std::size_t tick(steady_time now, Fn&& fn);

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] steady_time next_step() const noexcept { return start_ + step_ * (done_ + 1); }

  private:
    struct entry {
        connection_id id;
        std::int64_t due = 0; // in steps since start_
    };

    [[nodiscard]] std::int64_t steps_until(steady_time now) const noexcept { return (now - start_) / step_; }
    void put(const entry& e) { slots_[static_cast<std::size_t>(e.due) % slots_.size()].push_back(e); }

    steady_time start_;
    steady_time::duration step_;
    std::size_t entries_max_;
    std::int64_t done_ = 0; // this step and all before have been processed
    std::size_t size_ = 0;
    std::vector<std::vector<entry>> slots_;
};

template <class Fn> std::size_t timer_wheel::tick(steady_time now, Fn&& fn) {
    const std::int64_t last = steps_until(now);
    // After a long pause each slot is looked at once, whatever the number of steps.
    const auto turn = static_cast<std::int64_t>(slots_.size());
    if (last - done_ > turn) done_ = last - turn;
    std::size_t calls = 0;
    while (done_ < last) {
        ++done_;
        // Taken out as a whole, so that fn may schedule into this slot and a burst's memory goes.
        std::vector<entry> entries;
        entries.swap(slots_[static_cast<std::size_t>(done_) % slots_.size()]);
        for (const entry& e : entries) {
            if (e.due > done_) {
                put(e);
                continue;
            }
            --size_;
            ++calls;
            fn(e.id);
        }
    }
    return calls;
}

} // namespace wsd
