#pragma once

#include "common/base/clock.hpp"
#include "common/base/task.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wsd {

// What `peer::read` ended with.
enum class inbound_kind : std::uint8_t {
    text,
    binary,
    peer_closed,      // a close frame came; it has been answered
    protocol_error,   // RFC 6455 was violated: close 1002
    invalid_utf8,     // close 1007
    too_large,        // close 1009
    fragment_limit,   // more than 1024 fragments in a message: close 1008
    control_flood,    // more than 100 ping and pong frames within 10 s: close 1008
    transport_closed, // end of file, reset, or abort(): nothing can be sent any more
};

struct inbound {
    inbound_kind kind = inbound_kind::transport_closed;
    std::string_view payload{};   // text and binary only; valid until the next suspension or call of read()
    std::uint16_t close_code = 0; // peer_closed only: 1005 when the peer gave none
};

enum class flush_status : std::uint8_t { drained, blocked, broken };

// Told when output() has grown without the session's doing (a pong), so that a flush follows.
class output_listener {
  public:
    virtual ~output_listener() = default;
    virtual void output_grew() = 0;
};

// One WebSocket connection as its session sees it. Implementations: transport/websocket_peer, and an in-memory one in
// the tests. Lives on one shard; owned by the frame of run_session.
class peer {
  public:
    virtual ~peer() = default;

    // Until this is called nobody is told. The listener outlives the peer.
    virtual void set_listener(output_listener* listener) = 0;

    // The next message. At most one read at a time. Pings are answered on the way.
    [[nodiscard]] virtual task<inbound> read() = 0;

    // Frames are appended here (complete, with header); flush() hands them to the operating system. After close() what
    // is appended is dropped.
    [[nodiscard]] virtual std::string& output() = 0;
    // One non-blocking system call when there is something to write.
    virtual flush_status flush() = 0;
    // Octets in output() that the operating system has not taken.
    [[nodiscard]] virtual std::size_t unsent() const = 0;
    // Octets that the operating system has taken so far; with TLS, of ciphertext.
    [[nodiscard]] virtual std::uint64_t octets_sent() const = 0;
    // Resumes when the socket may take octets again, or is gone. At most one wait at a time.
    [[nodiscard]] virtual task<> writable() = 0;

    // Appends a close frame (RFC 6455 §5.5.1); reason ≤ 123 octets. Later calls do nothing.
    virtual void close(std::uint16_t code, std::string_view reason) = 0;
    [[nodiscard]] virtual bool close_sent() const = 0;
    // No more octets will be written: tells the peer so (TCP half-close), reading goes on.
    virtual void shutdown_send() = 0;
    // Reads and discards octets until the peer ends the connection or abort(), some MB per second and no faster.
    [[nodiscard]] virtual task<> drain() = 0;
    // Ends the connection at once, with a TCP reset when the peer has not taken everything; a pending read() or
    // writable() resumes soon after.
    virtual void abort() = 0;
    // Appends a ping frame without payload (RFC 6455 §5.5.2).
    virtual void ping() = 0;

    // The beginning of a message that read() has not returned yet has arrived. Control frames are none. Not while
    // read() is under way.
    [[nodiscard]] virtual bool message_waiting() = 0;
    // The peer has ended or reset the connection, be it that read() has not come so far. One system call.
    [[nodiscard]] virtual bool peer_is_gone() = 0;
    // When octets last came, and when the message began that is not complete yet.
    [[nodiscard]] virtual steady_time last_received() const = 0;
    [[nodiscard]] virtual std::optional<steady_time> message_began() const = 0;

    // Octets of output() so far, from the first of all, and how many of them the operating system has taken.
    [[nodiscard]] virtual std::uint64_t octets_written() const = 0;
    [[nodiscard]] virtual std::uint64_t octets_taken() const = 0;
    // Forgets what is unsent, but for the rest of a frame that is under way.
    virtual void discard_unsent() = 0;
};

} // namespace wsd
