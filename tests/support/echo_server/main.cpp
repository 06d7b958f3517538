// A WebSocket server that says what it hears, on the transport of wsd: for suites that judge RFC 6455 from outside.
#include "tests/support/echo_server/echo_session.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <charconv>
#include <cstdio>

namespace {

using namespace wsd;
namespace net = boost::asio;
using net::ip::tcp;
using tcp_acceptor = net::basic_socket_acceptor<tcp, executor>;

constexpr const char* help =
    "usage: echo_server PORT\n"
    "Listens on 127.0.0.1:PORT (0: any free port, which is printed) and gives every text and binary message back.\n"
    "No token is needed and any path will do. Everything else about the WebSocket layer is as in wsd:\n"
    "  messages        at most 16 MiB (16777216 octets), else close 1009\n"
    "  fragments       at most 1024 a message, else close 1008\n"
    "  pings and pongs at most 100 within 10 s, else close 1008\n"
    "  time            30 s from the first octet of a message to its last, else close 1008\n"
    "  extensions      none, so no compression\n";

task<> accept_loop(test::echo_home& home, tcp_acceptor& acceptor) {
    for (;;) home.tasks.spawn(test::serve_echo(home, co_await acceptor.async_accept(net::use_awaitable_t<executor>{})));
}

} // namespace

int main(int count, char** arguments) {
    const std::string_view wanted = count == 2 ? arguments[1] : "";
    if (wanted == "--help") return std::fputs(help, stdout) < 0;
    std::uint16_t port = 0;
    const auto [end, fault] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), port);
    if (wanted.empty() || fault != std::errc{} || end != wanted.data() + wanted.size()) {
        std::fputs(help, stderr);
        return 2;
    }
    net::io_context io(1);
    const system_clock time;
    buffer_pool buffers;
    task_group tasks(io, [](std::string_view what) {
        std::fprintf(stderr, "fault: %.*s\n", static_cast<int>(what.size()), what.data());
    });
    try {
        tcp_acceptor acceptor(io, tcp::endpoint(net::ip::address_v4::loopback(), port));
        std::printf("listening port=%u\n", unsigned{acceptor.local_endpoint().port()});
        std::fflush(stdout);
        test::echo_home home{io, time, buffers, tasks};
        tasks.spawn(accept_loop(home, acceptor));
        io.run();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "echo_server: %s\n", e.what());
        return 1;
    }
    return 0;
}
