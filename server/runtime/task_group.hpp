#pragma once

#include "common/base/task.hpp"

#include <cstddef>
#include <functional>
#include <string_view>

namespace wsd {

// The coroutines that run on one io_context. Nothing runs without being counted here, and an exception that leaves a
// coroutine is reported instead of lost. Used on the thread of the context only; outlives its coroutines or the context
// is destroyed first.
class task_group {
  public:
    using fault_handler = std::function<void(std::string_view what)>;

    task_group(boost::asio::io_context& io, fault_handler on_fault) : io_(io), on_fault_(std::move(on_fault)) {}
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;

    // Called by a handler of the context, it runs the coroutine up to its first suspension; before the context runs, it
    // leaves that to it. The coroutine takes its arguments by value.
    void spawn(task<> work);
    [[nodiscard]] std::size_t running() const noexcept { return running_; }

  private:
    boost::asio::io_context& io_;
    fault_handler on_fault_;
    std::size_t running_ = 0;
};

} // namespace wsd
