#include "server/transport/websocket_peer.hpp"

#include "server/transport/octet_stream.hpp"
#include "tests/support/manual_clock.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch_amalgamated.hpp>

#include <array>
#include <fcntl.h>
#include <memory>
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

    [[nodiscard]] std::unique_ptr<peer> adopt() {
        accepted_socket accepted{.descriptor = ends[0], .key = "dGhlIHNhbXBsZSBub25jZQ=="};
        return make_websocket_peer(io.get_executor(), std::move(accepted), {}, time, pool);
    }

    boost::asio::io_context io;
    test::manual_clock time;
    buffer_pool pool;
    std::array<int, 2> ends{};
};

} // namespace

TEST_CASE("a descriptor that the system refuses to watch is closed", "[transport]") {
    connected net;
    tcp_socket first(net.io.get_executor());
    first.assign(boost::asio::ip::tcp::v4(), net.ends[0]); // it can't be watched twice
    CHECK(net.adopt() == nullptr);
    CHECK(::fcntl(net.ends[0], F_GETFD) == -1);
}
