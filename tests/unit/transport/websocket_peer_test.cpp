#include "server/transport/websocket_peer.hpp"

#include "server/runtime/task_group.hpp"
#include "server/transport/octet_stream.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/tls_fixture.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch_amalgamated.hpp>

#include <array>
#include <fcntl.h>
#include <memory>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

using namespace wsd;

namespace {

// One end is the peer's.
struct connected {
    connected() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0); }
    ~connected() { ::close(ends[1]); }
    connected(const connected&) = delete;
    connected& operator=(const connected&) = delete;

    [[nodiscard]] std::unique_ptr<peer> adopt(std::unique_ptr<tls_filter> tls = nullptr) {
        accepted_socket accepted{.descriptor = ends[0], .tls = std::move(tls), .key = "dGhlIHNhbXBsZSBub25jZQ=="};
        return make_websocket_peer(io.get_executor(), std::move(accepted), {}, time, pool);
    }

    boost::asio::io_context io;
    test::manual_clock time;
    buffer_pool pool;
    std::array<int, 2> ends{};
};

task<> read_one(peer& from, inbound& into) { into = co_await from.read(); }

} // namespace

TEST_CASE("a descriptor that the system refuses to watch is closed", "[transport]") {
    connected net;
    tcp_socket first(net.io.get_executor());
    first.assign(boost::asio::ip::tcp::v4(), net.ends[0]); // it can't be watched twice
    CHECK(net.adopt() == nullptr);
    CHECK(::fcntl(net.ends[0], F_GETFD) == -1);
}

TEST_CASE("others have their turn between the new keys of a peer", "[transport]") {
    const test::server_files files;
    const auto context = files.load();
    auto filter = context->accept();
    test::tls_client other;
    REQUIRE(test::shake_hands(*filter, other, 100'000) == test::tls_status::ok);
    connected net;
    const auto here = net.adopt(std::move(filter));
    REQUIRE(here != nullptr);

    const unsigned times = GENERATE(tls_filter::later_messages_max, tls_filter::later_messages_max + 1);
    for (unsigned i = 0; i < times; ++i) other.update_keys();
    other.write("\x81\x82mask\x05\x08"); // "hi"
    const std::string flight = other.take();
    REQUIRE(::send(net.ends[1], flight.data(), flight.size(), 0) == static_cast<ssize_t>(flight.size()));

    task_group tasks(net.io, [](std::string_view what) { FAIL(what); });
    inbound got;
    tasks.spawn(read_one(*here, got));
    unsigned turns = 0;
    while (tasks.running() != 0 && net.io.run_one() != 0) ++turns;
    CHECK(turns > tls_filter::later_messages_max);
    CHECK(got.kind == (times > tls_filter::later_messages_max ? inbound_kind::transport_closed : inbound_kind::text));
    if (got.kind == inbound_kind::text) CHECK(got.payload == "hi");
}
