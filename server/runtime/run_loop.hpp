#pragma once

#include <boost/asio/io_context.hpp>

#include <cstddef>

namespace wsd {

// Bounds how long what was written in a turn waits for its flush.
inline constexpr std::size_t handlers_per_turn = 1000;

// Runs the context until it is stopped. A turn is: all handlers that are ready, at most handlers_per_turn, then
// turn_ends(), which returns whether it left nothing to do. What handlers wrote leaves in one system
// call per connection and turn (docs/BENCHMARKS.md). turn_begins() is called before handlers run, also before the
// thread blocks.
template <class TurnBegins, class TurnEnds>
void run_loop(boost::asio::io_context& io, TurnBegins&& turn_begins, TurnEnds&& turn_ends) {
    bool idle = false;
    while (!io.stopped()) {
        turn_begins();
        std::size_t handled = 0;
        if (idle) handled = io.run_one();
        while (handled < handlers_per_turn && io.poll_one() != 0) ++handled;
        idle = turn_ends() && handled == 0;
    }
}

} // namespace wsd
