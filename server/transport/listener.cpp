#include "server/transport/listener.hpp"

#include "server/runtime/steady_timer.hpp"
#include "server/transport/dev_page.hpp"
#include "server/transport/refusal.hpp"
#include "server/transport/socket_arrival.hpp"
#include "server/transport/upgrade_parser.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <exception>

namespace wsd {
namespace {

namespace net = boost::asio;
using net::ip::tcp;
using error_code_type = boost::system::error_code;

constexpr auto tuple = net::as_tuple(net::use_awaitable_t<executor>{});
// How long to leave the listener alone when the system has no descriptor or memory for one more connection.
constexpr milliseconds accept_pause{100};
// Who is in goes first: when everybody comes at once, the thread and its core are left to the others for a moment after
// so many handshakes (docs/SECURITY.md, row 20). Connections that ask for nothing cost little and do not count: whoever
// opens them could else keep everybody out.
constexpr std::size_t waiting_at_once = 8; // more are not accepted before some of them have had their turn
constexpr unsigned handshakes_at_once = 4;
constexpr unsigned tls_share = 3; // so many more than one of its upgrade is a TLS handshake
constexpr std::chrono::microseconds accept_rest{500};
constexpr int backlog = 4096;

error_code_type bind_and_listen(tcp::acceptor::rebind_executor<executor>::other& acceptor,
                                const tcp::endpoint& endpoint, bool shared) {
    using reuse_port = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
    error_code_type ec;
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) acceptor.set_option(net::socket_base::reuse_address(true), ec);
    if (!ec && shared) acceptor.set_option(reuse_port(true), ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(backlog, ec);
    return ec;
}

// Where the header block ends, or npos. Ends at bare line feeds count too: the parser refuses them, at once.
std::size_t end_of_head(std::string_view octets, std::size_t from) {
    for (std::size_t at = octets.find('\n', from); at != std::string_view::npos; at = octets.find('\n', at + 1)) {
        const std::string_view next = octets.substr(at + 1);
        if (next.starts_with('\n')) return at + 2;
        if (next.starts_with("\r\n")) return at + 3;
    }
    return std::string_view::npos;
}

ip_address address_of(const tcp::endpoint& endpoint) {
    const auto address = endpoint.address();
    return address.is_v4() ? ip_address::from_v4(address.to_v4().to_bytes())
                           : ip_address::from_v6(address.to_v6().to_bytes());
}

} // namespace

std::variant<tcp::endpoint, std::string> claim_endpoint(const std::string& host, std::uint16_t port) {
    net::io_context io(1);
    error_code_type ec;
    tcp::resolver resolver(io);
    const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, ec);
    if (ec || found.empty()) return "HOST " + host + ": no such address or name (" + ec.message() + ")";
    // Without SO_REUSEPORT the system refuses a port that another process listens on, whatever that process set.
    net::basic_socket_acceptor<tcp, executor> probe(io);
    ec = bind_and_listen(probe, found.begin()->endpoint(), false);
    if (ec) {
        const std::string where = host + ":" + std::to_string(port);
        return "can't listen on " + where + ": " + ec.message() +
               ". Choose another port with --port, or stop what uses it.";
    }
    return probe.local_endpoint();
}

listener::listener(shard& home, const handshake_rules& rules, std::shared_ptr<const tls_context> tls)
    : home_(home), rules_(rules), tls_(std::move(tls)), acceptor_(home.io) {}

error_code_type listener::open(const tcp::endpoint& endpoint, bool shared) {
    return bind_and_listen(acceptor_, endpoint, shared);
}

void listener::start() { home_.tasks.spawn(accept_loop()); }

task<> listener::accept_loop() {
    steady_timer pause(home_.io);
    for (;;) {
        auto [ec, socket] = co_await acceptor_.async_accept(tuple);
        if (ec) {
            home_.log.log_event(log_level::warn, "accept_failed", {{"what", ec.message()}});
            pause.expires_after(accept_pause);
            co_await pause.async_wait(tuple);
            continue;
        }
        home_.tasks.spawn(serve(std::move(socket)));
        if (home_.handshakes.waiting() >= waiting_at_once) co_await home_.handshakes.wait();
        if (handshakes_ < handshakes_at_once) continue;
        handshakes_ = 0;
        pause.expires_after(accept_rest);
        co_await pause.async_wait(tuple);
    }
}

task<> listener::serve(tcp_socket socket) {
    const steady_time deadline = home_.time.now() + home_.options.handshake_timeout;
    error_code_type ec;
    const tcp::endpoint remote = socket.remote_endpoint(ec);
    if (ec) co_return; // gone already
    socket.set_option(tcp::no_delay(true), ec);
    socket.non_blocking(true, ec);
    octet_stream stream(std::move(socket), tls_ == nullptr ? nullptr : tls_->accept());
    try {
        co_return co_await judge(stream, remote, deadline);
    } catch (const std::exception& e) {
        home_.log.log_event(log_level::error, "upgrade_failed", {{"what", e.what()}});
    }
    co_await refuse(stream, http_code::internal_error, deadline);
}

task<> listener::judge(octet_stream& stream, tcp::endpoint remote, steady_time deadline) {
    if (tls_ != nullptr) {
        if (!co_await stream.wait_for_octets(deadline)) co_return;
        co_await home_.handshakes.wait();
        handshakes_ += tls_share;
    }
    if (!co_await stream.handshake(deadline)) co_return;
    std::string received;
    std::size_t head_size = std::string::npos;
    while (head_size == std::string::npos) {
        if (received.size() > header_bytes_max)
            co_return co_await refuse(stream, http_code::headers_too_large, deadline);
        const std::size_t looked_at = received.size() < 3 ? 0 : received.size() - 3;
        if (!co_await stream.read_some(received, header_bytes_max + 1, deadline)) {
            home_.metrics.count<metric::upgrades_refused>(find_refusal("TIMEOUT"));
            co_return;
        }
        head_size = end_of_head(received, looked_at);
    }
    const std::string_view head = std::string_view(received).substr(0, head_size);
    co_await home_.handshakes.wait();
    if (home_.time.now() >= deadline) {
        home_.metrics.count<metric::upgrades_refused>(find_refusal("TIMEOUT"));
        co_return;
    }
    ++handshakes_;
    auto request = parse_upgrade(head, home_.options.path);
    if (const auto* fault = std::get_if<http_code>(&request)) {
        if (*fault == http_code::not_found && home_.options.dev) {
            const std::optional<std::string> page = find_dev_page(head);
            if (page) co_return co_await answer(stream, *page, deadline);
        }
        co_return co_await refuse(stream, *fault, deadline);
    }
    auto& wanted = std::get<upgrade_request>(request);
    auto decision = admit(rules_, *home_.keys, wanted, address_of(remote));
    if (const auto* refused = std::get_if<http_code>(&decision)) co_return co_await refuse(stream, *refused, deadline);

    auto& visitor = std::get<admitted>(decision);
    const bool subprotocol = visitor.select_subprotocol;
    send_home(stream, std::move(visitor),
              {.v6 = remote.address().is_v6(),
               .early_octets = received.substr(head_size),
               .key = std::move(wanted.key),
               .select_subprotocol = subprotocol},
              deadline);
}

void listener::send_home(octet_stream& stream, admitted visitor, accepted_socket socket, steady_time deadline) {
    const std::uint16_t target = home_.services.shards.home_of(visitor.who.user);
    socket.tls = stream.release_tls();
    socket.descriptor = stream.release_descriptor();
    auto arrived = std::make_unique<socket_arrival>(std::move(socket), std::move(visitor), deadline);
    if (target == home_.index) return receive_arrival(home_, std::move(arrived));
    shard_message message(std::in_place_type<std::unique_ptr<arrival>>, std::move(arrived));
    if (home_.services.shards.try_post(target, std::move(message))) return;
    home_.metrics.count<metric::busy_refusals>(label::queue::mailbox);
    // A message that was not taken is still there. NOLINTNEXTLINE(bugprone-use-after-move)
    turn_away(home_, std::get<std::unique_ptr<arrival>>(std::move(message)));
}

task<> listener::refuse(octet_stream& stream, http_code code, steady_time deadline) {
    home_.metrics.count<metric::upgrades_refused>(find_refusal(describe(code).text));
    std::uniform_int_distribution<unsigned> retry(2, 20);
    const std::string response = render_refusal(code, retry(home_.random));
    co_await answer(stream, response, deadline);
}

task<> listener::answer(octet_stream& stream, const std::string& response, steady_time deadline) {
    const result<> written = co_await stream.write_all(response, deadline);
    const steady_time end = home_.time.now() + milliseconds(1000);
    if (written) co_await stream.close_gently(end);
}

} // namespace wsd
