#pragma once

#include "common/base/clock.hpp"
#include "common/base/task.hpp"
#include "common/queues/buffer_pool.hpp"
#include "server/runtime/task_group.hpp"
#include "server/transport/octet_stream.hpp"

namespace wsd::test {

// Longer messages are refused with 1009.
inline constexpr std::size_t echo_bytes_max = 16 * 1024 * 1024;

// What all connections of the echo server share. One thread.
struct echo_home {
    boost::asio::io_context& io;
    const clock& time;
    buffer_pool& buffers;
    task_group& tasks;
};

// Upgrades the connection, whatever its path says, and gives every message back until the connection ends. The
// WebSocket rules are those of a session of wsd: transport/websocket_peer and the closes of session/read_loop.
[[nodiscard]] task<> serve_echo(echo_home& home, tcp_socket socket);

} // namespace wsd::test
