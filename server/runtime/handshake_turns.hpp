#pragma once

#include "common/base/task.hpp"
#include "common/queues/waiting_line.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <utility>

namespace wsd {

// Those who come in wait here for those who are in: in each turn of the shard's loop one step of a handshake is done,
// or a few when the turn was long, and what others sent meanwhile is answered in between. Bounded by the handshakes in
// progress. Lives on its shard and is destroyed before the context, with which the coroutines that wait end.
class handshake_turns {
  public:
    explicit handshake_turns(boost::asio::io_context& io) : io_(io) {}

    // Returns in a later turn, first come, first served.
    [[nodiscard]] task<> wait() {
        return boost::asio::async_initiate<const boost::asio::use_awaitable_t<executor>, void()>(
            [this](auto handler) { waiting_.push(std::move(handler)); }, boost::asio::use_awaitable_t<executor>{});
    }
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
    // The next so many go on when the context runs. False: nobody waited.
    bool release(std::size_t steps) {
        if (waiting_.empty()) return false;
        for (; steps > 0 && !waiting_.empty(); --steps) boost::asio::post(io_, waiting_.take());
        return true;
    }

  private:
    boost::asio::io_context& io_;
    waiting_line<boost::asio::any_completion_handler<void()>> waiting_;
};

} // namespace wsd
