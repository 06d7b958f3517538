#include "server/transport/websocket_peer.hpp"

#include "common/state/socket_state.hpp"
#include "server/transport/frame_meter.hpp"
#include "server/transport/octet_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace wsd {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using error_code = boost::system::error_code;

constexpr auto tuple = net::as_tuple(net::use_awaitable_t<executor>{});
constexpr std::uint32_t fragments_max = 1024;
constexpr std::size_t inline_bytes = 512; // most chat frames fit; a longer one spills for as long as it lasts

class websocket_peer;

// The layer beneath Beast's stream. Reads go to the socket and are metered; writes (the 101, pongs) join the
// connection's one output, so that they never fall between the octets of another frame. Close frames are the peer's own
// business.
class wire_layer {
  public:
    using executor_type = executor;

    explicit wire_layer(websocket_peer* owner) : owner_(owner) {}
    [[nodiscard]] executor_type get_executor() noexcept;

    template <class Buffers, class Token> auto async_read_some(const Buffers& buffers, Token&& token);
    template <class Buffers, class Token> auto async_write_some(const Buffers& buffers, Token&& token);
    template <class Buffers> std::size_t write_some(const Buffers& buffers);
    template <class Buffers> std::size_t write_some(const Buffers& buffers, error_code& ec);
    // The synchronous read is part of the concept, but nobody calls it.
    template <class Buffers> std::size_t read_some(const Buffers&);
    template <class Buffers> std::size_t read_some(const Buffers&, error_code&);

  private:
    template <class Buffers> std::size_t append(const Buffers& buffers);
    websocket_peer* owner_;
};

// Beast calls these through argument-dependent look-up. The TCP connection is ended by the session, not by Beast.
[[maybe_unused]] void beast_close_socket(wire_layer&) {}
[[maybe_unused]] void teardown(beast::role_type, wire_layer&, error_code& ec) { ec = {}; }
template <class Handler> void async_teardown(beast::role_type, wire_layer& layer, Handler&& handler) {
    net::defer(layer.get_executor(), beast::bind_front_handler(std::forward<Handler>(handler), error_code{}));
}

class websocket_peer final : public peer {
  public:
    websocket_peer(tcp_socket socket, accepted_socket& accepted, const peer_limits& limits, const clock& time,
                   buffer_pool& pool)
        : socket_(std::move(socket)), tls_(std::move(accepted.tls)), early_octets_(std::move(accepted.early_octets)),
          time_(time), pool_(pool), last_received_(time.now()), stream_(wire_layer(this)) {
        stream_.set_option(
            websocket::stream_base::timeout{websocket::stream_base::none(), websocket::stream_base::none(), false});
        stream_.read_message_max(limits.message_bytes_max);
        stream_.auto_fragment(false);
    }
    ~websocket_peer() override { pool_.give_back(std::move(output_)); }

    [[nodiscard]] bool accept(const accepted_socket& accepted);

    void set_listener(output_listener* listener) override { listener_ = listener; }
    [[nodiscard]] task<inbound> read() override;
    [[nodiscard]] std::string& output() override {
        if (output_.capacity() < buffer_pool::capacity_initial) output_ = pool_.take();
        if (!close_sent_) return output_;
        dropped_.clear(); // what is appended after the close frame goes nowhere
        return dropped_;
    }
    flush_status flush() override;
    [[nodiscard]] std::size_t unsent() const override { return output_.size() - sent_ + ciphertext_.size(); }
    [[nodiscard]] std::uint64_t octets_sent() const override { return octets_sent_; }
    [[nodiscard]] task<> writable() override { co_await socket_.async_wait(tcp_socket::wait_write, tuple); }
    void close(std::uint16_t code, std::string_view reason) override;
    [[nodiscard]] bool close_sent() const override { return close_sent_; }
    void shutdown_send() override {
        error_code ignored;
        socket_.shutdown(net::socket_base::shutdown_send, ignored);
    }
    [[nodiscard]] task<> drain() override;
    void abort() override {
        error_code ignored;
        socket_.close(ignored);
    }
    [[nodiscard]] bool input_waiting() const override;
    [[nodiscard]] steady_time last_received() const override { return last_received_; }
    [[nodiscard]] std::optional<steady_time> message_began() const override { return message_began_; }

    template <class Handler> struct metered_read;

  private:
    friend class wire_layer;
    struct tls_read;

    // Looks at octets that are about to reach Beast. False: a limit is exceeded, the read is to fail.
    bool meter(const void* octets, std::size_t size);
    [[nodiscard]] inbound failure(const error_code& ec);
    [[nodiscard]] std::size_t take_early(net::mutable_buffer into);
    void append_close(std::uint16_t code, std::string_view reason);
    [[nodiscard]] flush_status send_from(std::string& octets, std::size_t& offset);

    tcp_socket socket_;
    std::unique_ptr<tls_filter> tls_;
    std::string early_octets_;
    std::string output_;     // plaintext
    std::string ciphertext_; // TLS: what the filter made of it
    std::string dropped_;
    std::string spill_;    // a message that is longer than inline_
    std::size_t sent_ = 0; // of output_
    std::uint64_t octets_sent_ = 0;
    const clock& time_;
    buffer_pool& pool_;
    output_listener* listener_ = nullptr;
    steady_time last_received_;
    std::optional<steady_time> message_began_;
    frame_meter meter_;
    event_window control_frames_in_window_;
    std::uint64_t control_frames_ = 0;
    std::uint64_t messages_read_ = 0;
    inbound_kind violation_ = inbound_kind::text; // text: none
    bool close_sent_ = false;
    websocket::stream<wire_layer, false> stream_;
    std::array<char, inline_bytes> inline_;
};

wire_layer::executor_type wire_layer::get_executor() noexcept { return owner_->socket_.get_executor(); }

// Passes what was read through the meter before Beast sees it.
template <class Handler> struct websocket_peer::metered_read {
    websocket_peer* owner;
    net::mutable_buffer buffer;
    Handler handler;

    void operator()(error_code ec, std::size_t got) {
        if (!ec && !owner->meter(buffer.data(), got)) ec = net::error::connection_aborted;
        std::move(handler)(ec, got);
    }
};

} // namespace
} // namespace wsd

// The wrapped handler keeps its executor, allocator and cancellation slot.
template <template <class, class> class Associator, class Handler, class Default>
struct boost::asio::associator<Associator, wsd::websocket_peer::metered_read<Handler>, Default>
    : Associator<Handler, Default> {
    static auto get(const wsd::websocket_peer::metered_read<Handler>& read) noexcept {
        return Associator<Handler, Default>::get(read.handler);
    }
    static auto get(const wsd::websocket_peer::metered_read<Handler>& read, const Default& fallback) noexcept {
        return Associator<Handler, Default>::get(read.handler, fallback);
    }
};

namespace wsd {
namespace {

// One read through the TLS filter: asks the socket only when the filter has no plaintext.
struct websocket_peer::tls_read {
    websocket_peer* owner;
    net::mutable_buffer buffer;
    bool resumed = false;
    bool complete_next = false;
    error_code outcome;
    std::size_t got = 0;

    template <class Self> void operator()(Self& self, error_code ec = {}) {
        if (complete_next) return self.complete(outcome, got);
        if (resumed) receive(ec);
        resumed = true;
        if (!ec) decrypt(ec);
        if (!ec && got == 0) return owner->socket_.async_wait(tcp_socket::wait_read, std::move(self));
        if (!ec && !owner->meter(buffer.data(), got)) ec = net::error::connection_aborted;
        outcome = ec;
        complete_next = true;
        net::defer(owner->socket_.get_executor(), std::move(self)); // never completes inside the initiation
    }

    void receive(error_code& ec) {
        if (ec) return;
        std::array<char, 16 * 1024> ciphertext;
        const ssize_t size = ::recv(owner->socket_.native_handle(), ciphertext.data(), ciphertext.size(), MSG_DONTWAIT);
        if (size == 0) ec = net::error::eof;
        if (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) ec = net::error::connection_reset;
        if (size > 0) owner->tls_->feed({ciphertext.data(), static_cast<std::size_t>(size)});
    }

    void decrypt(error_code& ec) {
        const auto status = owner->tls_->read(static_cast<char*>(buffer.data()), buffer.size(), got);
        if (status == tls_filter::status::closed) ec = net::error::eof;
        if (status == tls_filter::status::failed) ec = net::error::connection_reset;
        owner->tls_->take_output(owner->ciphertext_);
        if (!owner->ciphertext_.empty() && owner->listener_ != nullptr) owner->listener_->output_grew();
    }
};

template <class Buffers, class Token> auto wire_layer::async_read_some(const Buffers& buffers, Token&& token) {
    const net::mutable_buffer first = *net::buffer_sequence_begin(buffers);
    return net::async_initiate<Token, void(error_code, std::size_t)>(
        [owner = owner_, first](auto handler) {
            using handler_type = std::decay_t<decltype(handler)>;
            if (const std::size_t early = owner->take_early(first); early != 0) {
                const error_code ec = owner->meter(first.data(), early) ? error_code{} : net::error::connection_aborted;
                net::defer(owner->socket_.get_executor(), beast::bind_front_handler(std::move(handler), ec, early));
            } else if (owner->tls_) {
                net::async_compose<handler_type, void(error_code, std::size_t)>(
                    websocket_peer::tls_read{owner, first, false, false, {}, 0}, handler, owner->socket_);
            } else {
                owner->socket_.async_read_some(
                    net::buffer(first), websocket_peer::metered_read<handler_type>{owner, first, std::move(handler)});
            }
        },
        token);
}

template <class Buffers> std::size_t wire_layer::append(const Buffers& buffers) {
    std::size_t size = 0;
    const auto end = net::buffer_sequence_end(buffers);
    for (auto it = net::buffer_sequence_begin(buffers); it != end; ++it) size += net::const_buffer(*it).size();
    const net::const_buffer first = *net::buffer_sequence_begin(buffers);
    const bool close_frame = first.size() > 0 && *static_cast<const unsigned char*>(first.data()) == 0x88;
    if (close_frame) return size; // the session answers and gives reasons itself
    std::string& out = owner_->output();
    for (auto it = net::buffer_sequence_begin(buffers); it != end; ++it) {
        const net::const_buffer part(*it);
        out.append(static_cast<const char*>(part.data()), part.size());
    }
    if (owner_->listener_ != nullptr) owner_->listener_->output_grew();
    return size;
}

template <class Buffers, class Token> auto wire_layer::async_write_some(const Buffers& buffers, Token&& token) {
    const std::size_t size = append(buffers);
    return net::async_initiate<Token, void(error_code, std::size_t)>(
        [ex = get_executor(), size](auto handler) {
            net::defer(ex, beast::bind_front_handler(std::move(handler), error_code{}, size));
        },
        token);
}

template <class Buffers> std::size_t wire_layer::write_some(const Buffers& buffers) { return append(buffers); }
template <class Buffers> std::size_t wire_layer::write_some(const Buffers& buffers, error_code& ec) {
    ec = {};
    return append(buffers);
}
template <class Buffers> std::size_t wire_layer::read_some(const Buffers&) {
    throw std::logic_error("wire_layer: no synchronous reads");
}
template <class Buffers> std::size_t wire_layer::read_some(const Buffers&, error_code& ec) {
    ec = net::error::operation_not_supported;
    return 0;
}

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
    return !ec;
}

std::size_t websocket_peer::take_early(net::mutable_buffer into) {
    if (early_octets_.empty()) return 0;
    const std::size_t taken = net::buffer_copy(into, net::buffer(early_octets_));
    early_octets_.erase(0, taken);
    if (early_octets_.empty()) std::string().swap(early_octets_);
    return taken;
}

bool websocket_peer::meter(const void* octets, std::size_t size) {
    last_received_ = time_.now();
    meter_.observe(static_cast<const unsigned char*>(octets), size);
    if (!meter_.inside_message()) {
        message_began_.reset();
    } else if (!message_began_) {
        message_began_ = last_received_;
    }
    if (meter_.fragments_peak() > fragments_max) violation_ = inbound_kind::fragment_limit;
    for (; control_frames_ < meter_.control_frames(); ++control_frames_)
        if (control_frames_in_window_.add(control_flood_rule, last_received_)) violation_ = inbound_kind::control_flood;
    return violation_ == inbound_kind::text;
}

bool websocket_peer::input_waiting() const {
    if (meter_.messages_begun() > messages_read_ || !early_octets_.empty()) return true;
    int octets = 0;
    return ::ioctl(const_cast<tcp_socket&>(socket_).native_handle(), FIONREAD, &octets) == 0 && octets > 0;
}

task<inbound> websocket_peer::read() {
    if (spill_.capacity() > inline_bytes) std::string().swap(spill_);
    std::size_t have = 0;
    for (;;) {
        const bool spilled = !spill_.empty();
        const net::mutable_buffer room = spilled ? net::buffer(spill_) + have : net::buffer(inline_) + have;
        auto [ec, got] = co_await stream_.async_read_some(room, tuple);
        if (ec) co_return failure(ec);
        have += got;
        if (stream_.is_message_done()) {
            ++messages_read_;
            const char* data = spilled ? spill_.data() : inline_.data();
            co_return inbound{.kind = stream_.got_binary() ? inbound_kind::binary : inbound_kind::text,
                              .payload = {data, have}};
        }
        const std::size_t size = spilled ? spill_.size() : inline_.size();
        if (have < size) continue;
        const bool first_spill = !spilled;
        spill_.resize(size * 4);
        if (first_spill) std::copy(inline_.begin(), inline_.end(), spill_.begin());
    }
}

inbound websocket_peer::failure(const error_code& ec) {
    if (violation_ != inbound_kind::text) return {.kind = violation_};
    if (ec == websocket::error::closed) {
        const std::uint16_t code = stream_.reason().code;
        const bool none = code == websocket::close_code::none;
        append_close(none ? std::uint16_t{1000} : code, {});
        return {.kind = inbound_kind::peer_closed, .close_code = none ? std::uint16_t{1005} : code};
    }
    if (ec == websocket::error::message_too_big || ec == websocket::error::buffer_overflow)
        return {.kind = inbound_kind::too_large};
    if (ec == websocket::error::bad_frame_payload || ec == websocket::error::bad_close_payload)
        return {.kind = inbound_kind::invalid_utf8};
    if (ec == websocket::condition::protocol_violation) return {.kind = inbound_kind::protocol_error};
    return {.kind = inbound_kind::transport_closed};
}

void websocket_peer::append_close(std::uint16_t code, std::string_view reason) {
    if (close_sent_) return;
    std::string& out = output();
    out.push_back(static_cast<char>(0x88));
    out.push_back(static_cast<char>(2 + reason.size()));
    out.push_back(static_cast<char>(code >> 8));
    out.push_back(static_cast<char>(code & 0xff));
    out.append(reason);
    close_sent_ = true;
    if (listener_ != nullptr) listener_->output_grew();
}

void websocket_peer::close(std::uint16_t code, std::string_view reason) { append_close(code, reason); }

task<> websocket_peer::drain() {
    std::array<char, 4096> discarded_octets;
    for (;;) {
        auto [ec, got] = co_await socket_.async_read_some(net::buffer(discarded_octets), tuple);
        if (ec) co_return;
    }
}

flush_status websocket_peer::send_from(std::string& octets, std::size_t& offset) {
    while (offset < octets.size()) {
        const ssize_t sent = ::send(socket_.native_handle(), octets.data() + offset, octets.size() - offset,
                                    MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            offset += static_cast<std::size_t>(sent);
            octets_sent_ += static_cast<std::uint64_t>(sent);
            continue;
        }
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return flush_status::blocked;
        return flush_status::broken;
    }
    return flush_status::drained;
}

flush_status websocket_peer::flush() {
    if (!socket_.is_open()) return flush_status::broken;
    flush_status status;
    if (tls_) {
        if (tls_->write(std::string_view(output_).substr(sent_)) != tls_filter::status::ok) return flush_status::broken;
        output_.clear();
        tls_->take_output(ciphertext_);
        std::size_t offset = 0;
        status = send_from(ciphertext_, offset);
        ciphertext_.erase(0, offset);
    } else {
        status = send_from(output_, sent_);
        if (status != flush_status::drained && sent_ > output_.size() / 2) {
            output_.erase(0, sent_);
            sent_ = 0;
        }
    }
    if (status != flush_status::drained) return status;
    sent_ = 0;
    pool_.give_back(std::exchange(output_, {}));
    if (ciphertext_.capacity() > buffer_pool::capacity_max) std::string().swap(ciphertext_);
    return status;
}

} // namespace

std::unique_ptr<peer> make_websocket_peer(executor ex, accepted_socket socket, const peer_limits& limits,
                                          const clock& time, buffer_pool& pool) {
    tcp_socket adopted(ex);
    error_code ec;
    adopted.assign(socket.v6 ? net::ip::tcp::v6() : net::ip::tcp::v4(), socket.descriptor, ec);
    if (ec) return nullptr;
    auto made = std::make_unique<websocket_peer>(std::move(adopted), socket, limits, time, pool);
    if (!made->accept(socket)) return nullptr;
    return made;
}

} // namespace wsd
