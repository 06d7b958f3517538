#include "loadgen/conductor.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <csignal>

namespace wsd::loadgen {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<executor>{});
constexpr auto look = 5ms;
constexpr auto longest_end = 30s;
constexpr auto longest_start = 30s;

struct ending {
    int signal;
    std::string_view name;
    std::string_view how; // it should end
};
constexpr std::array endings{ending{SIGTERM, "SIGTERM", "exit status 0"}, ending{SIGKILL, "kill -9", "signal 9"}};

} // namespace

task<> conductor::restart_server(steady_time load_start) {
    restarting_ = true;
    auto& server = *plan_.process;
    // Somebody else's process has another id when it comes back.
    const std::size_t times = server.may_start() ? endings.size() : 1;
    const auto part = plan_.options.duration / static_cast<std::int64_t>(times + 1);
    for (std::size_t i = 0; i < times && !interrupted_; ++i) {
        const auto at = load_start + part * static_cast<std::int64_t>(i + 1);
        while (plan_.time.now() < at && !interrupted_) co_await pause(look);
        co_await restart_once(endings[i].signal, std::string(endings[i].name), std::string(endings[i].how));
    }
    restarting_ = false;
}

task<> conductor::restart_once(int signal, std::string name, std::string how) {
    auto& server = *plan_.process;
    const bool ours = server.may_start();
    const auto start = plan_.time.now();
    server.signal(signal);
    auto end = server.ended();
    while (!end && plan_.time.now() < start + longest_end) {
        co_await pause(look);
        end = server.ended();
    }
    const auto found = end.value_or("it did not end");
    if (!ours) how = "gone";
    report_.checks.add({.what = "the server's end by " + name, .expected = how, .found = found, .met = found == how});
    std::optional<std::string> failure;
    if (ours) failure = server.start();
    bool back = false;
    while (!failure && !back && plan_.time.now() < start + longest_end + longest_start) {
        co_await pause(look);
        back = co_await server_answers();
    }
    const auto took = format_duration(plan_.time.now() - start);
    report_.checks.add({.what = "the server is back after " + name,
                        .expected = "within 1m",
                        .found = failure ? *failure
                                 : back  ? "after " + took
                                         : "no",
                        .met = back});
}

task<bool> conductor::server_answers() {
    asio::basic_stream_socket<asio::ip::tcp, executor> socket(io_);
    const auto [ec] = co_await socket.async_connect(plan_.server, as_result);
    co_return !ec;
}

task<> conductor::pause(std::chrono::milliseconds how_long) {
    steady_timer timer(io_);
    timer.expires_after(how_long);
    co_await timer.async_wait(as_result);
}

} // namespace wsd::loadgen
