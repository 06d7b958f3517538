#pragma once

#include "common/base/clock.hpp"
#include "common/base/task.hpp"
#include "common/queues/buffer_pool.hpp"
#include "server/runtime/peer.hpp"
#include "server/transport/tls.hpp"

#include <memory>
#include <string>

namespace wsd {

// A TCP connection whose upgrade has been accepted, on its way to a WebSocket.
struct accepted_socket {
    int descriptor = -1; // owned by whoever holds this
    bool v6 = false;
    std::unique_ptr<tls_filter> tls; // null: plain
    std::string early_octets;        // received after the header block: the first of the WebSocket stream
    std::string key;                 // Sec-WebSocket-Key
    bool select_subprotocol = false; // wsd.v1 was offered
};

struct peer_limits {
    std::size_t message_bytes_max = 1048576;
};

// Puts the 101 into the output and returns the connection; takes the descriptor. Null when the operating system refuses
// the socket. `time`, `pool` outlive the peer and belong to the same shard.
[[nodiscard]] std::unique_ptr<peer> make_websocket_peer(executor ex, accepted_socket socket, const peer_limits& limits,
                                                        const clock& time, buffer_pool& pool);

} // namespace wsd
