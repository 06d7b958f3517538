#pragma once

#include "common/base/task.hpp"

#include <boost/asio/basic_waitable_timer.hpp>

#include <chrono>

namespace wsd {

// On the concrete executor of all coroutines, see common/base/task.hpp.
using steady_timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                       boost::asio::wait_traits<std::chrono::steady_clock>, executor>;

} // namespace wsd
