#pragma once

#include "common/base/task.hpp"
#include "loadgen/frame_feed.hpp"
#include "loadgen/output.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace wsd::loadgen {

// One WebSocket at a time over an output's socket: upgrade, reading, ping, pong and close. Data frames are written to
// the output directly. Lives on its worker's thread; while a coroutine of it runs, it must not be destroyed.
// Owns about 4 KB while a connection is open.
class ws_client {
  public:
    explicit ws_client(output& out);
    ~ws_client();

    struct request {
        std::string host;
        std::string target;
        std::string header_name; // with the token
        std::string header_value;
    };
    // On the connected socket. nullopt: the connection is upgraded. Otherwise why not: "503 CONNECTION_LIMIT_IP", or
    // the system's text.
    task<std::optional<std::string>> upgrade(request what);

    // Gives each message to `sink` until the connection ends, however it ends; the close code, 1005 when the peer's
    // close frame had none, 1006 when none came or the sink wants no more. After the latter it may be called again when
    // the pace was `single`.
    enum class pace : std::uint8_t {
        bursts, // all messages of a read at once; a fraction of the cost
        single, // none is read before the sink has had the one before
    };
    task<std::uint16_t> serve(message_sink& sink, pace how);

    // Sends a close frame; serve() ends when the peer has answered it, which may be never.
    void start_close();
    // Frees what a connection needs. No coroutine of it may be running.
    void reset();

  private:
    struct stream;
    output& out_;
    std::unique_ptr<stream> stream_; // null between connections
};

} // namespace wsd::loadgen
