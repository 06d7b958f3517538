#pragma once

#include "common/base/task.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace wsd {

// A place where one coroutine waits for one value. Lives on one shard, as do the waiter and whoever fulfils.
template <class T> class single_waiter {
  public:
    // Resumes inside fulfil(). Nobody else waits here.
    [[nodiscard]] task<T> wait() {
        co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<executor>, void(T)>(
            [this](auto handler) { handler_ = std::move(handler); }, token_);
    }
    [[nodiscard]] bool waiting() const noexcept { return static_cast<bool>(handler_); }
    // Resumes the waiter before it returns. Only while waiting().
    void fulfil(T value) { std::exchange(handler_, nullptr)(std::move(value)); }

  private:
    static constexpr boost::asio::use_awaitable_t<executor> token_{};
    boost::asio::any_completion_handler<void(T)> handler_;
};

} // namespace wsd
