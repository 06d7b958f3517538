#pragma once

#include "server/runtime/shard.hpp"
#include "server/session/handshake.hpp"
#include "server/transport/octet_stream.hpp"
#include "server/transport/tls.hpp"
#include "server/transport/websocket_peer.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace wsd {

// Finds out whether a port can be had: every shard then binds it for itself. Port 0: any free one. The endpoint, or
// what is wrong and what to do.
[[nodiscard]] std::variant<boost::asio::ip::tcp::endpoint, std::string> claim_endpoint(const std::string& host,
                                                                                       std::uint16_t port);

// Accepts connections on one shard, reads the upgrade request within its bounds, and sends who is admitted to its home
// shard. Goes on when descriptors run out, and rests when many come at once. Lives on its shard.
class listener {
  public:
    // All references outlive the listener; `tls` is null for plain TCP.
    listener(shard& home, const handshake_rules& rules, std::shared_ptr<const tls_context> tls);

    // The error of the system, or success. `shared`: other shards bind the same endpoint.
    [[nodiscard]] boost::system::error_code open(const boost::asio::ip::tcp::endpoint& endpoint, bool shared);
    // Spawns the accept loop, which goes on until its io_context stops.
    void start();
    // TLS handshakes that begin from now on use this certificate. Not null, and only where there was one before.
    void replace_certificate(std::shared_ptr<const tls_context> tls) { tls_ = std::move(tls); }

  private:
    [[nodiscard]] task<> accept_loop();
    [[nodiscard]] task<> serve(tcp_socket socket);
    // Reads the request and decides; the socket has gone home then, or was refused.
    [[nodiscard]] task<> judge(octet_stream& stream, boost::asio::ip::tcp::endpoint remote, steady_time deadline);
    [[nodiscard]] task<> refuse(octet_stream& stream, http_code code, steady_time deadline);
    [[nodiscard]] task<> answer(octet_stream& stream, const std::string& response, steady_time deadline);
    void send_home(octet_stream& stream, admitted visitor, accepted_socket socket, steady_time deadline);

    shard& home_;
    const handshake_rules& rules_;
    std::shared_ptr<const tls_context> tls_;
    boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, executor> acceptor_;
    unsigned handshakes_ = 0; // since accepting last rested, in those of plain TCP
};

} // namespace wsd
