#include "server/transport/websocket_peer.hpp"

#include "server/runtime/steady_timer.hpp"
#include "server/transport/wire_layer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace wsd {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using error_code = boost::system::error_code;

constexpr auto tuple = net::as_tuple(net::use_awaitable_t<executor>{});
constexpr std::size_t inline_bytes = 512; // most chat frames fit; a longer one spills for as long as it lasts

constexpr std::size_t discarded_at_once = 64 * 1024;
constexpr std::size_t frame_cost = 64; // what a frame without payload takes counts, too
constexpr milliseconds discard_pause{20};

// As recv().
ssize_t discard(int descriptor) {
    std::array<char, 16 * 1024> octets;
    return ::recv(descriptor, octets.data(), octets.size(), MSG_DONTWAIT);
}

// Beast finds an unfinished code point at the end of a text only when the last frame is not empty. What is before that
// has been judged.
bool ends_within_code_point(std::string_view text) {
    for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
        const auto octet = static_cast<unsigned char>(text[text.size() - back]);
        if (octet < 0x80) return false;
        const std::size_t size = octet >= 0xf0 ? 4 : octet >= 0xe0 ? 3 : octet >= 0xc0 ? 2 : 1;
        if (size > 1) return size > back;
    }
    return false;
}

class websocket_peer final : public peer {
  public:
    websocket_peer(tcp_socket socket, accepted_socket& accepted, const peer_limits& limits, const clock& time,
                   buffer_pool& pool)
        : wire_(std::move(socket), std::move(accepted.tls), std::move(accepted.early_octets), time, pool),
          stream_(wire_layer(&wire_)) {
        stream_.set_option(
            websocket::stream_base::timeout{websocket::stream_base::none(), websocket::stream_base::none(), false});
        stream_.read_message_max(limits.message_bytes_max);
        stream_.auto_fragment(false);
    }

    [[nodiscard]] bool accept(const accepted_socket& accepted);

    void set_listener(output_listener* listener) override { wire_.set_listener(listener); }
    [[nodiscard]] task<inbound> read() override;
    [[nodiscard]] std::string& output() override { return wire_.output(); }
    flush_status flush() override { return wire_.flush(); }
    [[nodiscard]] std::size_t unsent() const override { return wire_.unsent(); }
    [[nodiscard]] std::uint64_t octets_sent() const override { return wire_.octets_sent(); }
    [[nodiscard]] std::uint64_t octets_written() const override { return wire_.octets_written(); }
    [[nodiscard]] std::uint64_t octets_taken() const override { return wire_.octets_taken(); }
    void discard_unsent() override { wire_.discard_unsent(); }
    [[nodiscard]] task<> writable() override { co_await wire_.socket().async_wait(tcp_socket::wait_write, tuple); }
    void close(std::uint16_t code, std::string_view reason) override;
    [[nodiscard]] bool close_sent() const override { return wire_.sealed(); }
    void shutdown_send() override {
        error_code ignored;
        wire_.socket().shutdown(net::socket_base::shutdown_send, ignored);
    }
    [[nodiscard]] task<> drain() override;
    void abort() override { wire_.abort(); }
    void ping() override { wire_.ping(); }
    [[nodiscard]] bool message_waiting() override { return wire_.has_begun_more_than(messages_read_); }
    [[nodiscard]] bool peer_is_gone() override;
    [[nodiscard]] steady_time last_received() const override { return wire_.last_received(); }
    [[nodiscard]] std::optional<steady_time> message_began() const override { return wire_.message_began(); }

  private:
    [[nodiscard]] inbound failure(const error_code& ec);
    [[nodiscard]] task<> hold_back(std::size_t octets);

    wire wire_;
    std::string spill_; // a message that is longer than inline_
    std::uint64_t messages_read_ = 0;
    std::size_t discarded_ = 0; // of what comes after our close frame, since the last pause
    websocket::stream<wire_layer, false> stream_;
    std::array<char, inline_bytes> inline_;
};

bool websocket_peer::accept(const accepted_socket& accepted) {
    namespace http = beast::http;
    http::request<http::empty_body> request{http::verb::get, "/", 11};
    request.set(http::field::host, "wsd");
    request.set(http::field::connection, "upgrade");
    request.set(http::field::upgrade, "websocket");
    request.set(http::field::sec_websocket_version, "13");
    request.set(http::field::sec_websocket_key, accepted.key);
    if (accepted.select_subprotocol) {
        stream_.set_option(websocket::stream_base::decorator(
            [](websocket::response_type& response) { response.set(http::field::sec_websocket_protocol, "wsd.v1"); }));
    }
    error_code ec;
    stream_.accept(request, ec);
    wire_.begin_frames();
    return !ec;
}

task<inbound> websocket_peer::read() {
    if (spill_.capacity() > inline_bytes) std::string().swap(spill_);
    std::size_t have = 0;
    for (;;) {
        const bool spilled = !spill_.empty();
        const net::mutable_buffer room = spilled ? net::buffer(spill_) + have : net::buffer(inline_) + have;
        auto [ec, got] = co_await stream_.async_read_some(room, tuple);
        if (ec) co_return failure(ec);
        if (wire_.sealed()) co_await hold_back(got + frame_cost);
        have += got;
        if (stream_.is_message_done()) {
            ++messages_read_;
            const std::string_view payload(spilled ? spill_.data() : inline_.data(), have);
            if (stream_.got_text() && ends_within_code_point(payload))
                co_return inbound{.kind = inbound_kind::invalid_utf8};
            co_return inbound{.kind = stream_.got_binary() ? inbound_kind::binary : inbound_kind::text,
                              .payload = payload};
        }
        const std::size_t size = spilled ? spill_.size() : inline_.size();
        if (have < size) continue;
        const bool first_spill = !spilled;
        spill_.resize(size * 4);
        if (first_spill) std::copy(inline_.begin(), inline_.end(), spill_.begin());
    }
}

inbound websocket_peer::failure(const error_code& ec) {
    if (wire_.violation() != inbound_kind::text) return {.kind = wire_.violation()};
    if (ec == websocket::error::closed) {
        const std::uint16_t code = stream_.reason().code;
        constexpr std::uint16_t codes_end = 5000; // RFC 6455 §7.4.2 knows none from here on; Beast lets them pass
        if (code >= codes_end) return {.kind = inbound_kind::protocol_error};
        const bool none = code == websocket::close_code::none;
        close(none ? std::uint16_t{1000} : code, {});
        return {.kind = inbound_kind::peer_closed, .close_code = none ? std::uint16_t{1005} : code};
    }
    if (ec == websocket::error::message_too_big || ec == websocket::error::buffer_overflow)
        return {.kind = inbound_kind::too_large};
    if (ec == websocket::error::bad_frame_payload || ec == websocket::error::bad_close_payload)
        return {.kind = inbound_kind::invalid_utf8};
    if (ec == websocket::condition::protocol_violation) return {.kind = inbound_kind::protocol_error};
    return {.kind = inbound_kind::transport_closed};
}

void websocket_peer::close(std::uint16_t code, std::string_view reason) {
    if (wire_.sealed()) return;
    std::string& out = output();
    out.push_back(static_cast<char>(0x88));
    out.push_back(static_cast<char>(2 + reason.size()));
    out.push_back(static_cast<char>(code >> 8));
    out.push_back(static_cast<char>(code & 0xff));
    out.append(reason);
    wire_.seal();
    wire_.output_grew();
}

bool websocket_peer::peer_is_gone() {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(wire_.socket().native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return true;
    return info.tcpi_state == TCP_CLOSE_WAIT || info.tcpi_state == TCP_CLOSE;
}

// A peer that goes on sending after our close frame is held back by TCP; at full speed, what is thrown away would take
// the time of others.
task<> websocket_peer::hold_back(std::size_t octets) {
    discarded_ += octets;
    if (discarded_ < discarded_at_once) co_return;
    discarded_ = 0;
    steady_timer pause(wire_.socket().get_executor(), discard_pause);
    (void)co_await pause.async_wait(tuple);
}

task<> websocket_peer::drain() {
    for (;;) {
        auto [ec] = co_await wire_.socket().async_wait(tcp_socket::wait_read, tuple);
        if (ec) co_return;
        const ssize_t got = discard(wire_.socket().native_handle());
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) co_return;
        co_await hold_back(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    }
}

} // namespace

std::unique_ptr<peer> make_websocket_peer(executor ex, accepted_socket socket, const peer_limits& limits,
                                          const clock& time, buffer_pool& pool) {
    tcp_socket adopted(ex);
    error_code ec;
    adopted.assign(socket.v6 ? net::ip::tcp::v6() : net::ip::tcp::v4(), socket.descriptor, ec);
    if (ec) {
        ::close(socket.descriptor);
        return nullptr;
    }
    auto made = std::make_unique<websocket_peer>(std::move(adopted), socket, limits, time, pool);
    if (!made->accept(socket)) return nullptr;
    return made;
}

} // namespace wsd
