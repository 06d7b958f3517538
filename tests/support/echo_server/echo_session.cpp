#include "tests/support/echo_server/echo_session.hpp"

#include "common/protocol/frame_header.hpp"
#include "server/runtime/peer.hpp"
#include "server/runtime/single_waiter.hpp"
#include "server/runtime/steady_timer.hpp"
#include "server/services/watch.hpp"
#include "server/session/read_loop.hpp"
#include "server/transport/refusal.hpp"
#include "server/transport/upgrade_parser.hpp"
#include "server/transport/websocket_peer.hpp"

#include <boost/asio/as_tuple.hpp>

#include <algorithm>
#include <memory>

namespace wsd::test {
namespace {

namespace net = boost::asio;
constexpr auto tuple = net::as_tuple(net::use_awaitable_t<executor>{});

// What is appended to the output leaves at once; when the operating system takes no more, a coroutine waits until it
// does.
class echo_connection final : public output_listener, public std::enable_shared_from_this<echo_connection> {
  public:
    echo_connection(echo_home& home, std::unique_ptr<peer> socket) : home_(home), socket_(std::move(socket)) {
        socket_->set_listener(this);
    }
    ~echo_connection() override { socket_->set_listener(nullptr); }

    void output_grew() override {
        if (!blocked_ && socket_->flush() == flush_status::blocked) {
            blocked_ = true;
            home_.tasks.spawn(write_loop(shared_from_this()));
        }
    }
    void echo(const inbound& message);
    void close(close_cause cause);
    [[nodiscard]] task<> run();
    [[nodiscard]] static task<> watch(std::shared_ptr<echo_connection> c);

  private:
    [[nodiscard]] static task<> write_loop(std::shared_ptr<echo_connection> c);
    [[nodiscard]] task<> drained();
    void check_deadlines();

    echo_home& home_;
    std::unique_ptr<peer> socket_;
    single_waiter<bool> drained_;
    std::optional<steady_time> closing_by_;
    steady_time reading_since_;
    bool reading_ = false;
    bool blocked_ = false;
    bool ended_ = false;
};

task<> echo_connection::write_loop(std::shared_ptr<echo_connection> c) {
    do {
        co_await c->socket_->writable();
    } while (c->socket_->flush() == flush_status::blocked);
    c->blocked_ = false;
    if (c->drained_.waiting()) c->drained_.fulfil(true);
}

task<> echo_connection::drained() {
    if (blocked_) (void)co_await drained_.wait();
}

void echo_connection::echo(const inbound& message) {
    std::string& out = socket_->output();
    const std::size_t begin = out.size();
    append_text_frame(out, [&message](std::string& to) { to += message.payload; });
    constexpr char fin_and_binary = static_cast<char>(0x82);
    if (message.kind == inbound_kind::binary) out[begin] = fin_and_binary; // wsd itself never sends one
    output_grew();
}

void echo_connection::close(close_cause cause) {
    closing_by_ = home_.time.now() + close_patience;
    socket_->close(describe(cause).code, describe(cause).reason);
}

task<> echo_connection::run() {
    for (;;) {
        reading_ = true;
        reading_since_ = home_.time.now();
        const inbound message = co_await socket_->read();
        reading_ = false;
        if (message.kind == inbound_kind::text || message.kind == inbound_kind::binary) {
            if (!socket_->close_sent()) echo(message);
            co_await drained();
            continue;
        }
        const auto cause = cause_of(message.kind);
        if (cause) close(*cause);
        if (message.kind == inbound_kind::transport_closed) {
            socket_->abort(); // who waits until it is writable must not wait on
            break;
        }
        closing_by_ = home_.time.now() + close_patience;
        co_await drained();
        socket_->shutdown_send();
        if (cause) co_await socket_->drain(); // else both close frames have been exchanged
        break;
    }
    ended_ = true; // the system goes on sending what it has been given
}

void echo_connection::check_deadlines() {
    const steady_time now = home_.time.now();
    if (closing_by_ && now >= *closing_by_) return socket_->abort();
    const auto began = socket_->message_began();
    if (!closing_by_ && began && reading_ && now - std::max(*began, reading_since_) >= message_patience)
        close(close_cause::message_timeout);
}

task<> echo_connection::watch(std::shared_ptr<echo_connection> c) {
    steady_timer timer(c->home_.io);
    while (!c->ended_) {
        c->check_deadlines();
        timer.expires_after(milliseconds(100));
        co_await timer.async_wait(tuple);
    }
}

// The target as it stands in the request line: every path is good here.
std::string_view path_of(std::string_view head) {
    const std::size_t begin = std::min(head.find(' '), head.size() - 1) + 1;
    return head.substr(begin, head.find_first_of(" ?\r\n", begin) - begin);
}

} // namespace

task<> serve_echo(echo_home& home, tcp_socket socket) {
    const steady_time deadline = home.time.now() + milliseconds(10000);
    boost::system::error_code ignored;
    socket.set_option(net::ip::tcp::no_delay(true), ignored);
    socket.non_blocking(true, ignored);
    octet_stream stream(std::move(socket), nullptr);
    std::string received;
    std::size_t head_size = std::string::npos;
    while (head_size == std::string::npos && received.size() <= header_bytes_max) {
        if (!co_await stream.read_some(received, header_bytes_max + 1, deadline)) co_return;
        head_size = received.find("\r\n\r\n");
    }
    const std::string_view head =
        std::string_view(received).substr(0, head_size == std::string::npos ? head_size : head_size + 4);
    auto request = parse_upgrade(head, path_of(head));
    if (const auto* fault = std::get_if<http_code>(&request)) {
        const std::string refusal = render_refusal(*fault, 1);
        if (co_await stream.write_all(refusal, deadline)) co_await stream.close_gently(deadline);
        co_return;
    }
    accepted_socket accepted{.early_octets = received.substr(head.size()),
                             .key = std::get<upgrade_request>(request).key};
    accepted.descriptor = stream.release_descriptor();
    auto made = make_websocket_peer(home.io.get_executor(), std::move(accepted), {.message_bytes_max = echo_bytes_max},
                                    home.time, home.buffers);
    if (!made) co_return;
    const auto c = std::make_shared<echo_connection>(home, std::move(made));
    c->output_grew(); // the 101
    home.tasks.spawn(echo_connection::watch(c));
    co_await c->run();
}

} // namespace wsd::test
