#pragma once

#include <boost/asio/io_context.hpp>

#include <cstddef>

namespace wsd {

// Bounds how long what was written in a turn waits for its flush.
inline constexpr std::size_t handlers_per_turn = 1000;

// Runs the context until it is stopped. A turn is: all handlers that are ready, at most handlers_per_turn, then
// turn_ends(). What handlers wrote leaves in one system call per connection and turn (docs/BENCHMARKS.md).
template <class TurnBegins, class TurnEnds>
void run_loop(boost::asio::io_context& io, TurnBegins&& turn_begins, TurnEnds&& turn_ends) {
    while (!io.stopped()) {
        turn_begins();
        std::size_t handled = 0;
        while (handled < handlers_per_turn && io.poll_one() != 0) ++handled;
        const bool idle = turn_ends();
        if (handled != 0 || !idle || io.stopped()) continue;
        if (io.run_one() != 0) {
            turn_begins();
            turn_ends();
        }
    }
}

} // namespace wsd
