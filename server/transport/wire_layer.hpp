#pragma once

#include "server/transport/wire.hpp"

#include <boost/asio/associator.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/defer.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace wsd {

// The layer beneath Beast's stream. Reads go to the socket and are metered; writes (the 101, pongs) join the
// connection's one output, so that they never fall between the octets of another frame. Close frames are the peer's own
// business.
class wire_layer {
  public:
    using executor_type = executor;

    explicit wire_layer(wire* owner) : owner_(owner) {}
    [[nodiscard]] executor_type get_executor() noexcept { return owner_->socket().get_executor(); }

    template <class Buffers, class Token> auto async_read_some(const Buffers& buffers, Token&& token);
    template <class Buffers, class Token> auto async_write_some(const Buffers& buffers, Token&& token);
    template <class Buffers> std::size_t write_some(const Buffers& buffers);
    template <class Buffers> std::size_t write_some(const Buffers& buffers, boost::system::error_code& ec);
    // The synchronous read is part of the concept, but nobody calls it.
    template <class Buffers> std::size_t read_some(const Buffers&);
    template <class Buffers> std::size_t read_some(const Buffers&, boost::system::error_code&);

  private:
    template <class Buffers> std::size_t append(const Buffers& buffers);
    wire* owner_;
};

// Beast calls these through argument-dependent look-up. The TCP connection is ended by the session, not by Beast.
inline void beast_close_socket(wire_layer&) {}
inline void teardown(boost::beast::role_type, wire_layer&, boost::system::error_code& ec) { ec = {}; }
template <class Handler> void async_teardown(boost::beast::role_type, wire_layer& layer, Handler&& handler) {
    boost::asio::defer(layer.get_executor(),
                       boost::beast::bind_front_handler(std::forward<Handler>(handler), boost::system::error_code{}));
}

// Passes what was read through the meter before Beast sees it.
template <class Handler> struct metered_read {
    wire* owner;
    boost::asio::mutable_buffer buffer;
    Handler handler;

    void operator()(boost::system::error_code ec, std::size_t got) {
        if (!ec && !owner->meter(buffer.data(), got)) ec = boost::asio::error::connection_aborted;
        std::move(handler)(ec, got);
    }
};

} // namespace wsd

// The wrapped handler keeps its executor, allocator and cancellation slot.
template <template <class, class> class Associator, class Handler, class Default>
struct boost::asio::associator<Associator, wsd::metered_read<Handler>, Default> : Associator<Handler, Default> {
    static auto get(const wsd::metered_read<Handler>& read) noexcept {
        return Associator<Handler, Default>::get(read.handler);
    }
    static auto get(const wsd::metered_read<Handler>& read, const Default& fallback) noexcept {
        return Associator<Handler, Default>::get(read.handler, fallback);
    }
};

namespace wsd {

// One read through the TLS filter: asks the socket only when the filter has nothing to read. Other handlers run between
// records without plaintext.
struct tls_read {
    wire* owner;
    boost::asio::mutable_buffer buffer;
    bool waited = false;
    bool complete_next = false;
    boost::system::error_code outcome;
    std::size_t got = 0;

    template <class Self> void operator()(Self& self, boost::system::error_code ec = {}) {
        if (complete_next) return self.complete(outcome, got);
        if (waited) receive(ec);
        const auto status = ec ? tls_filter::status::failed : decrypt(ec);
        waited = status == tls_filter::status::want_input;
        if (waited) return owner->socket().async_wait(tcp_socket::wait_read, std::move(self));
        if (status == tls_filter::status::want_turn)
            return boost::asio::defer(owner->socket().get_executor(), std::move(self));
        if (!ec && !owner->meter(buffer.data(), got)) ec = boost::asio::error::connection_aborted;
        outcome = ec;
        complete_next = true;
        boost::asio::defer(owner->socket().get_executor(), std::move(self)); // never completes inside the initiation
    }

    void receive(boost::system::error_code& ec) {
        if (ec) return;
        std::array<char, 16 * 1024> ciphertext;
        const ssize_t size =
            ::recv(owner->socket().native_handle(), ciphertext.data(), ciphertext.size(), MSG_DONTWAIT);
        if (size == 0) ec = boost::asio::error::eof;
        if (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
            ec = boost::asio::error::connection_reset;
        if (size > 0) owner->tls()->feed({ciphertext.data(), static_cast<std::size_t>(size)});
    }

    [[nodiscard]] tls_filter::status decrypt(boost::system::error_code& ec) {
        const auto status = owner->tls()->read(static_cast<char*>(buffer.data()), buffer.size(), got);
        if (status == tls_filter::status::closed) ec = boost::asio::error::eof;
        if (status == tls_filter::status::failed) ec = boost::asio::error::connection_reset;
        owner->take_tls_output();
        return status;
    }
};

template <class Buffers, class Token> auto wire_layer::async_read_some(const Buffers& buffers, Token&& token) {
    const boost::asio::mutable_buffer first = *boost::asio::buffer_sequence_begin(buffers);
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [owner = owner_, first](auto handler) {
            using handler_type = std::decay_t<decltype(handler)>;
            if (const std::size_t early = owner->take_early(static_cast<char*>(first.data()), first.size());
                early != 0) {
                const boost::system::error_code ec = owner->meter(first.data(), early)
                                                         ? boost::system::error_code{}
                                                         : boost::asio::error::connection_aborted;
                boost::asio::defer(owner->socket().get_executor(),
                                   boost::beast::bind_front_handler(std::move(handler), ec, early));
            } else if (owner->tls()) {
                boost::asio::async_compose<handler_type, void(boost::system::error_code, std::size_t)>(
                    tls_read{owner, first, false, false, {}, 0}, handler, owner->socket());
            } else {
                owner->socket().async_read_some(boost::asio::buffer(first),
                                                metered_read<handler_type>{owner, first, std::move(handler)});
            }
        },
        token);
}

template <class Buffers> std::size_t wire_layer::append(const Buffers& buffers) {
    std::size_t size = 0;
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto it = boost::asio::buffer_sequence_begin(buffers); it != end; ++it)
        size += boost::asio::const_buffer(*it).size();
    const boost::asio::const_buffer first = *boost::asio::buffer_sequence_begin(buffers);
    const std::string_view begin(static_cast<const char*>(first.data()), first.size());
    if (begin.starts_with('\x88')) return size; // a close frame: the session answers and gives reasons itself
    if (begin.starts_with('\x8a') && begin.size() == size) {
        owner_->append_pong(begin);
        return size;
    }
    std::string& out = owner_->output();
    for (auto it = boost::asio::buffer_sequence_begin(buffers); it != end; ++it) {
        const boost::asio::const_buffer part(*it);
        out.append(static_cast<const char*>(part.data()), part.size());
    }
    owner_->output_grew();
    return size;
}

template <class Buffers, class Token> auto wire_layer::async_write_some(const Buffers& buffers, Token&& token) {
    const std::size_t size = append(buffers);
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [ex = get_executor(), size](auto handler) {
            boost::asio::defer(ex,
                               boost::beast::bind_front_handler(std::move(handler), boost::system::error_code{}, size));
        },
        token);
}

template <class Buffers> std::size_t wire_layer::write_some(const Buffers& buffers) { return append(buffers); }
template <class Buffers> std::size_t wire_layer::write_some(const Buffers& buffers, boost::system::error_code& ec) {
    ec = {};
    return append(buffers);
}
template <class Buffers> std::size_t wire_layer::read_some(const Buffers&) {
    throw std::logic_error("wire_layer: no synchronous reads");
}
template <class Buffers> std::size_t wire_layer::read_some(const Buffers&, boost::system::error_code& ec) {
    ec = boost::asio::error::operation_not_supported;
    return 0;
}

} // namespace wsd
