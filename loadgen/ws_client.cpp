#include "loadgen/ws_client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/json/parse.hpp>

#include <array>
#include <utility>

namespace wsd::loadgen {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<executor>{});
constexpr std::size_t message_bytes_max = 16 * 1024 * 1024;
constexpr std::size_t kept_bytes_max = 4096; // of the read buffer between messages

// After a full read of Beast's, which takes 1.5 KB at most: a burst is taken from the kernel in one more call instead
// of a dozen.
void read_on(tcp_socket& socket, frame_feed& feed) {
    thread_local std::array<char, 64 * 1024> scratch;
    error_code ec; // of which the next read will hear again
    const std::size_t got = socket.read_some(asio::buffer(scratch), ec);
    if (!ec) feed.add({scratch.data(), got});
}

// Completes a read of the socket when the feed has something for Beast; until then reads on.
template <class Handler> struct read_handler {
    Handler handler;
    tcp_socket* socket;
    frame_feed* feed;
    asio::mutable_buffer into;

    void operator()(error_code ec, std::size_t bytes) {
        auto* const at = static_cast<char*>(into.data());
        if (ec) return std::move(handler)(ec, 0);
        feed->add({at, bytes});
        if (bytes == into.size()) read_on(*socket, *feed);
        switch (feed->next()) {
        case frame_feed::step::library:
            return std::move(handler)(error_code{}, feed->give(at, into.size()));
        case frame_feed::step::stop:
            return std::move(handler)(asio::error::operation_aborted, 0);
        case frame_feed::step::read:
            break;
        }
        const auto buffer = into;
        socket->async_read_some(buffer, std::move(*this));
    }
};

// What Beast takes for the socket: reads come from the feed, writes join the output, so that no frame of Beast's gets
// between the halves of one of ours.
class joined_layer {
  public:
    using executor_type = executor;
    joined_layer(output& out, frame_feed& feed) : out_(&out), feed_(&feed) {}
    executor_type get_executor() noexcept { return out_->socket().get_executor(); }
    tcp_socket& socket() { return out_->socket(); }

    template <class Buffers> std::size_t read_some(const Buffers& buffers, error_code& ec) {
        return socket().read_some(buffers, ec);
    }
    template <class Buffers> std::size_t write_some(const Buffers& buffers, error_code&) { return append(buffers); }

    template <class Buffers, class Token> auto async_read_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, asio::mutable_buffer into) {
                switch (feed_->next()) {
                case frame_feed::step::library:
                    return this->complete_later(std::move(handler), error_code{},
                                                feed_->give(static_cast<char*>(into.data()), into.size()));
                case frame_feed::step::stop:
                    return this->complete_later(std::move(handler), asio::error::operation_aborted, 0);
                case frame_feed::step::read:
                    break;
                }
                socket().async_read_some(into, read_handler{std::move(handler), &socket(), feed_, into});
            },
            token, first_of(buffers));
    }
    template <class Buffers, class Token> auto async_write_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, std::size_t bytes) { this->complete_later(std::move(handler), error_code{}, bytes); },
            token, append(buffers));
    }

  private:
    // Never inline: Beast would find its own operation still being started.
    template <class Handler> void complete_later(Handler handler, error_code ec, std::size_t bytes) {
        const auto ex = asio::get_associated_executor(handler, get_executor());
        asio::defer(ex, beast::bind_front_handler(std::move(handler), ec, bytes));
    }
    // The one that is not empty; a read need not fill more.
    template <class Buffers> static asio::mutable_buffer first_of(const Buffers& buffers) {
        for (auto at = asio::buffer_sequence_begin(buffers); at != asio::buffer_sequence_end(buffers); ++at)
            if (const asio::mutable_buffer one(*at); one.size() != 0) return one;
        return {};
    }
    template <class Buffers> std::size_t append(const Buffers& buffers) {
        std::size_t bytes = 0;
        for (auto at = asio::buffer_sequence_begin(buffers); at != asio::buffer_sequence_end(buffers); ++at) {
            const asio::const_buffer one(*at);
            out_->raw({static_cast<const char*>(one.data()), one.size()});
            bytes += one.size();
        }
        return bytes;
    }
    output* out_;
    frame_feed* feed_;
};

// Found by Beast.
void beast_close_socket(joined_layer& layer) {
    error_code ignored;
    layer.socket().close(ignored);
}
[[maybe_unused]] void teardown(beast::role_type role, joined_layer& layer, error_code& ec) {
    websocket::teardown(role, layer.socket(), ec);
}
template <class Handler> void async_teardown(beast::role_type role, joined_layer& layer, Handler&& handler) {
    websocket::async_teardown(role, layer.socket(), std::forward<Handler>(handler));
}

// "401 INVALID_TOKEN": the status and the code in the body, if it is one of ours.
std::string describe_refusal(const websocket::response_type& response) {
    std::string text = std::to_string(response.result_int());
    error_code ec;
    const auto body = boost::json::parse(response.body(), ec);
    if (!ec && body.is_object())
        if (const auto* code = body.get_object().if_contains("code"); code != nullptr && code->is_string())
            text.append(" ").append(code->get_string());
    return text;
}

} // namespace
} // namespace wsd::loadgen

// Executor, allocator and cancellation slot of the wrapped handler are those of the wrapper.
template <template <class, class> class Associator, class Handler, class Default>
struct boost::asio::associator<Associator, wsd::loadgen::read_handler<Handler>, Default>
    : Associator<Handler, Default> {
    static auto get(const wsd::loadgen::read_handler<Handler>& wrapper) noexcept {
        return Associator<Handler, Default>::get(wrapper.handler);
    }
    static auto get(const wsd::loadgen::read_handler<Handler>& wrapper, const Default& fallback) noexcept {
        return Associator<Handler, Default>::get(wrapper.handler, fallback);
    }
};

namespace wsd::loadgen {

struct ws_client::stream {
    explicit stream(output& out) : ws(joined_layer(out, feed)), buffer(message_bytes_max) {
        ws.set_option(
            websocket::stream_base::timeout{websocket::stream_base::none(), websocket::stream_base::none(), false});
        ws.read_message_max(message_bytes_max);
    }
    frame_feed feed;
    websocket::stream<joined_layer, false> ws;
    beast::flat_buffer buffer;
};

ws_client::ws_client(output& out) : out_(out) {}
ws_client::~ws_client() = default;

task<std::optional<std::string>> ws_client::upgrade(request what) {
    stream_ = std::make_unique<stream>(out_);
    stream_->ws.set_option(websocket::stream_base::decorator([&what](websocket::request_type& head) {
        head.set(what.header_name, what.header_value);
        head.set(beast::http::field::user_agent, "wsload");
    }));
    websocket::response_type response;
    const auto [ec] = co_await stream_->ws.async_handshake(response, what.host, what.target, as_result);
    stream_->ws.set_option(websocket::stream_base::decorator([](websocket::request_type&) {}));
    if (!ec) co_return std::nullopt;
    if (ec == websocket::error::upgrade_declined) co_return describe_refusal(response);
    co_return ec.message();
}

task<std::uint16_t> ws_client::serve(message_sink& sink, pace how) {
    auto& s = *stream_;
    s.feed.expect_frames(how == pace::bursts ? &sink : nullptr);
    for (;;) {
        const auto [ec, bytes] = co_await s.ws.async_read(s.buffer, as_result);
        if (ec) {
            // The close frame counts even when the TCP connection was reset right behind it.
            const std::uint16_t code = s.ws.reason().code;
            if (code != websocket::close_code::none) co_return code;
            co_return ec == websocket::error::closed ? std::uint16_t{1005} : std::uint16_t{1006};
        }
        const auto data = s.buffer.cdata();
        const bool more = sink.on_message({static_cast<const char*>(data.data()), data.size()});
        s.buffer.clear();
        if (!more) co_return std::uint16_t{1006};
        if (s.buffer.capacity() > kept_bytes_max) s.buffer.shrink_to_fit();
    }
}

void ws_client::start_close() {
    if (stream_) stream_->ws.async_close(websocket::close_code::normal, [](error_code) {});
}

void ws_client::reset() { stream_.reset(); }

} // namespace wsd::loadgen
