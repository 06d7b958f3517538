#include "server/transport/octet_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancel_at.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace wsd {
namespace {

namespace net = boost::asio;

constexpr auto tuple = net::as_tuple(net::use_awaitable_t<executor>{});
constexpr std::size_t chunk_bytes = 4096;

} // namespace

octet_stream::octet_stream(tcp_socket socket, std::unique_ptr<tls_filter> tls)
    : socket_(std::move(socket)), tls_(std::move(tls)) {}

task<result<>> octet_stream::wait_for_octets(steady_time deadline) {
    auto [ec] = co_await socket_.async_wait(tcp_socket::wait_read, net::cancel_at(deadline, tuple));
    if (ec) co_return errc::closed;
    co_return result<>{};
}

task<result<>> octet_stream::handshake(steady_time deadline) {
    if (!tls_) co_return result<>{};
    for (;;) {
        const auto status = tls_->handshake();
        std::string answer;
        tls_->take_output(answer);
        if (!answer.empty()) {
            if (auto sent = co_await send_raw(answer, deadline); !sent) co_return sent;
        }
        if (status == tls_filter::status::ok) co_return result<>{};
        if (status != tls_filter::status::want_input) co_return errc::closed;
        if (auto received = co_await receive_ciphertext(deadline); !received) co_return received;
    }
}

task<result<>> octet_stream::receive_ciphertext(steady_time deadline) {
    std::array<char, chunk_bytes> chunk;
    auto [ec, got] = co_await socket_.async_read_some(net::buffer(chunk), net::cancel_at(deadline, tuple));
    if (ec) co_return errc::closed;
    tls_->feed({chunk.data(), got});
    co_return result<>{};
}

task<result<>> octet_stream::read_some(std::string& into, std::size_t size_max, steady_time deadline) {
    std::array<char, chunk_bytes> chunk;
    const std::size_t room = std::min(size_max, chunk.size());
    if (!tls_) {
        auto [ec, got] =
            co_await socket_.async_read_some(net::buffer(chunk.data(), room), net::cancel_at(deadline, tuple));
        if (ec) co_return errc::closed;
        into.append(chunk.data(), got);
        co_return result<>{};
    }
    for (;;) {
        std::size_t got = 0;
        const auto status = tls_->read(chunk.data(), room, got);
        if (status == tls_filter::status::ok) {
            into.append(chunk.data(), got);
            co_return result<>{};
        }
        // Nobody needs new keys for a header block: who sends such has no token to show, and no time to lose.
        if (status != tls_filter::status::want_input || tls_->later_messages() != 0) co_return errc::closed;
        if (auto received = co_await receive_ciphertext(deadline); !received) co_return received;
    }
}

task<result<>> octet_stream::send_raw(std::string_view octets, steady_time deadline) {
    auto [ec, sent] =
        co_await net::async_write(socket_, net::buffer(octets.data(), octets.size()), net::cancel_at(deadline, tuple));
    if (ec) co_return errc::closed;
    co_return result<>{};
}

task<result<>> octet_stream::write_all(std::string_view octets, steady_time deadline) {
    if (!tls_) co_return co_await send_raw(octets, deadline);
    if (tls_->write(octets) != tls_filter::status::ok) co_return errc::closed;
    std::string ciphertext;
    tls_->take_output(ciphertext);
    co_return co_await send_raw(ciphertext, deadline);
}

task<> octet_stream::close_gently(steady_time deadline) {
    constexpr std::size_t discarded_max = 64 * 1024;
    boost::system::error_code ignored;
    socket_.shutdown(net::socket_base::shutdown_send, ignored);
    std::array<char, chunk_bytes> chunk;
    for (std::size_t discarded = 0; discarded < discarded_max;) {
        auto [ec, got] = co_await socket_.async_read_some(net::buffer(chunk), net::cancel_at(deadline, tuple));
        if (ec) break;
        discarded += got;
    }
    close();
}

void octet_stream::close() noexcept {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

int octet_stream::release_descriptor() { return socket_.release(); }

} // namespace wsd
