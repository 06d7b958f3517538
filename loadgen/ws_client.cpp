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

namespace wsd::loadgen {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<executor>{});
constexpr std::size_t message_bytes_max = 16 * 1024 * 1024;
constexpr std::size_t kept_bytes_max = 4096; // of the read buffer between messages

// What came after a full read of Beast's, which takes 1.5 KB at most: a burst is taken from the kernel in one more call
// instead of a dozen. Empty, and without memory, between bursts.
class read_ahead {
  public:
    [[nodiscard]] bool empty() const { return taken_ == bytes_.size(); }
    template <class Buffers> std::size_t give(const Buffers& buffers) {
        const std::size_t given =
            asio::buffer_copy(buffers, asio::buffer(bytes_.data() + taken_, bytes_.size() - taken_));
        taken_ += given;
        if (empty()) clear();
        return given;
    }
    void fill(tcp_socket& socket) {
        thread_local std::array<char, 64 * 1024> scratch;
        error_code ec; // of which the next read will hear again
        const std::size_t got = socket.read_some(asio::buffer(scratch), ec);
        if (!ec) bytes_.append(scratch.data(), got);
    }
    void clear() {
        std::string().swap(bytes_);
        taken_ = 0;
    }

  private:
    std::string bytes_;
    std::size_t taken_ = 0;
};

// Completes a read of the socket; a full one is followed by a look at what else there is.
template <class Handler> struct full_read_handler {
    Handler handler;
    output* out;
    read_ahead* ahead;
    std::size_t room;

    void operator()(error_code ec, std::size_t bytes) {
        out->set_input_at_hand(!ec);
        if (!ec && bytes == room) ahead->fill(out->socket());
        std::move(handler)(ec, bytes);
    }
};

// What Beast takes for the socket: reads go to it, writes join the output, so that no frame of Beast's gets between the
// halves of one of ours.
class joined_layer {
  public:
    using executor_type = executor;
    joined_layer(output& out, read_ahead& ahead) : out_(&out), ahead_(&ahead) {}
    executor_type get_executor() noexcept { return out_->socket().get_executor(); }
    tcp_socket& socket() { return out_->socket(); }

    template <class Buffers> std::size_t read_some(const Buffers& buffers, error_code& ec) {
        return socket().read_some(buffers, ec);
    }
    template <class Buffers> std::size_t write_some(const Buffers& buffers, error_code&) { return append(buffers); }

    template <class Buffers, class Token> auto async_read_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, const Buffers& into) {
                if (!ahead_->empty()) return this->complete_later(std::move(handler), ahead_->give(into));
                const std::size_t room = asio::buffer_size(into);
                out_->set_input_at_hand(false);
                socket().async_read_some(into, full_read_handler{std::move(handler), out_, ahead_, room});
            },
            token, buffers);
    }
    template <class Buffers, class Token> auto async_write_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, std::size_t bytes) { this->complete_later(std::move(handler), bytes); }, token,
            append(buffers));
    }

  private:
    // Never inline: Beast would find its own operation still being started.
    template <class Handler> void complete_later(Handler handler, std::size_t bytes) {
        const auto ex = asio::get_associated_executor(handler, get_executor());
        asio::defer(ex, beast::bind_front_handler(std::move(handler), error_code{}, bytes));
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
    read_ahead* ahead_;
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
struct boost::asio::associator<Associator, wsd::loadgen::full_read_handler<Handler>, Default>
    : Associator<Handler, Default> {
    static auto get(const wsd::loadgen::full_read_handler<Handler>& wrapper) noexcept {
        return Associator<Handler, Default>::get(wrapper.handler);
    }
    static auto get(const wsd::loadgen::full_read_handler<Handler>& wrapper, const Default& fallback) noexcept {
        return Associator<Handler, Default>::get(wrapper.handler, fallback);
    }
};

namespace wsd::loadgen {

struct ws_client::stream {
    explicit stream(output& out) : ws(joined_layer(out, ahead)), buffer(message_bytes_max) {
        ws.set_option(
            websocket::stream_base::timeout{websocket::stream_base::none(), websocket::stream_base::none(), false});
        ws.read_message_max(message_bytes_max);
    }
    read_ahead ahead;
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

task<std::uint16_t> ws_client::serve(message_sink& sink) {
    auto& s = *stream_;
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
