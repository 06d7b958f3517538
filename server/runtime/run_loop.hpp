#pragma once

#include <boost/asio/io_context.hpp>

#include <cstddef>

namespace wsd {

// Bounds how long what was written in a turn waits for its flush.
inline constexpr std::size_t handlers_per_turn = 1000;
// Bounds how old the time of the turn is for who is handled in it: a limit would be judged before it is due.
inline constexpr std::size_t handlers_per_clock_reading = 32;

// Runs the context until it is stopped. A turn is: all handlers that are ready, at most handlers_per_turn, then
// turn_ends(), which returns whether it left nothing to do. What handlers wrote leaves in one system
// call per connection and turn (docs/BENCHMARKS.md). Time is a turn_clock, or like one: begin_turn() is called before
// handlers run, also before the thread blocks, expire() after every handlers_per_clock_reading.
template <class Time, class TurnEnds> void run_loop(boost::asio::io_context& io, Time& time, TurnEnds&& turn_ends) {
    bool idle = false;
    while (!io.stopped()) {
        time.begin_turn();
        std::size_t handled = 0;
        if (idle) handled = io.run_one();
        while (handled < handlers_per_turn && io.poll_one() != 0)
            if (++handled % handlers_per_clock_reading == 0) time.expire();
        idle = turn_ends() && handled == 0;
    }
}

} // namespace wsd
