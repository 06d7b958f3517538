#pragma once

#include "common/base/task.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wsd::loadgen {

using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, executor>;

class flush_list;

// The write half of a connection: bytes of whole frames, which leave in one system call per turn of the loop. When the
// kernel does not take all of them, the rest waits for writability. Lives on its worker's thread, and at least as long
// as the io_context runs, since handlers refer to it; its socket may come and go.
class output {
  public:
    output(executor ex, flush_list& flushes) : socket_(ex), flushes_(flushes) {}
    output(const output&) = delete;
    output& operator=(const output&) = delete;

    // Opened by the caller; must be non-blocking before anything is written.
    [[nodiscard]] tcp_socket& socket() { return socket_; }

    // A text frame, masked with `mask` (RFC 6455 §5.3).
    void text(std::string_view payload, std::uint32_t mask);
    // Bytes that are framed already.
    void raw(std::string_view bytes);
    // Only the first half of the frame, and at once: for connections that break in the middle of one.
    void half_text(std::string_view payload, std::uint32_t mask);
    // Writes as much as the kernel takes.
    void flush();

    // Drops what is pending and closes the socket. abort: with a reset instead of an orderly end.
    void close(bool abort);

    [[nodiscard]] std::uint64_t bytes_written() const { return written_; }

  private:
    friend class flush_list;
    void list();
    void await_writable();

    tcp_socket socket_;
    flush_list& flushes_;
    output* next_ = nullptr; // in the flush list
    std::string pending_;
    std::uint64_t written_ = 0;
    std::uint32_t opened_ = 0; // tells handlers of an earlier socket apart
    bool listed_ = false;
    bool waiting_ = false;
};

// The outputs that were written to in this turn. One per worker.
class flush_list {
  public:
    void add(output& one);
    void flush();

  private:
    output* first_ = nullptr;
};

} // namespace wsd::loadgen
