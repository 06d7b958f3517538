#pragma once

#include "common/base/clock.hpp"
#include "common/base/error.hpp"
#include "common/base/task.hpp"
#include "server/transport/tls.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace wsd {

using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, executor>;

// A TCP connection before it is a WebSocket: plain or TLS, every operation with a deadline. Lives on the shard that
// accepted it; what becomes of it afterwards is taken out with the release functions.
class octet_stream {
  public:
    octet_stream(tcp_socket socket, std::unique_ptr<tls_filter> tls);

    // errc::closed of all operations: end of file, reset, or the deadline passed.

    // Until there is something to read, be it an end of file.
    [[nodiscard]] task<result<>> wait_for_octets(steady_time deadline);
    [[nodiscard]] task<result<>> handshake(steady_time deadline);
    // At least one octet is appended to `into`, at most size_max. errc::closed also when the peer, behind TLS, sends
    // anything but plaintext.
    [[nodiscard]] task<result<>> read_some(std::string& into, std::size_t size_max, steady_time deadline);
    [[nodiscard]] task<result<>> write_all(std::string_view octets, steady_time deadline);
    // Half-closes and discards what comes until the peer closes or the deadline, so that a response just written is not
    // lost to a reset; then closes.
    [[nodiscard]] task<> close_gently(steady_time deadline);
    void close() noexcept;

    // The file descriptor, now the caller's; the stream is not to be used afterwards.
    [[nodiscard]] int release_descriptor();
    [[nodiscard]] std::unique_ptr<tls_filter> release_tls() { return std::move(tls_); }

  private:
    [[nodiscard]] task<result<>> receive_ciphertext(steady_time deadline);
    [[nodiscard]] task<result<>> send_raw(std::string_view octets, steady_time deadline);

    tcp_socket socket_;
    std::unique_ptr<tls_filter> tls_;
};

} // namespace wsd
