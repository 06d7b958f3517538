#include "loadgen/dial.hpp"

#include "loadgen/worker.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

namespace wsd::loadgen {
namespace {

namespace asio = boost::asio;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<executor>{});

} // namespace

task<std::optional<std::string>> dial(tcp_socket& socket, const run_plan& plan, std::uint32_t connection) {
    boost::system::error_code ec;
    socket.open(plan.server.protocol(), ec);
    if (ec) co_return ec.message();
    socket.set_option(asio::ip::tcp::no_delay(true), ec);
    socket.non_blocking(true, ec);
    if (const auto& sources = plan.options.sources; sources.count != 0) {
        // The port is chosen at connect, so that one port serves several destinations.
        const int on = 1;
        ::setsockopt(socket.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        const asio::ip::address_v4 source(sources.first + connection % sources.count);
        socket.bind({source, 0}, ec);
        if (ec) co_return "bind " + source.to_string() + ": " + ec.message();
    }
    const auto [failure] = co_await socket.async_connect(plan.server, as_result);
    if (failure) co_return failure.message();
    co_return std::nullopt;
}

ws_client::request upgrade_request(const run_plan& plan, std::uint32_t user) {
    const bool bearer = plan.options.token_via == token_place::bearer;
    return {.host = plan.options.url.host_and_port(),
            .target = plan.options.url.target,
            .header_name = bearer ? "Authorization" : "Cookie",
            .header_value = (bearer ? "Bearer " : "token=") + std::string(plan.users.token(user))};
}

} // namespace wsd::loadgen
