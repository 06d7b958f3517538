#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace wsd {

// Every coroutine runs on one shard's io_context. The executor type is concrete: type erasure costs 2 µs and 2 KB a
// connection (docs/BENCHMARKS.md).
using executor = boost::asio::io_context::executor_type;

template <class T = void> using task = boost::asio::awaitable<T, executor>;

} // namespace wsd
