#include "server/transport/wire.hpp"

#include "tests/support/manual_clock.hpp"
#include "tests/support/tls_fixture.hpp"

#include <boost/asio/io_context.hpp>
#include <catch_amalgamated.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

using namespace wsd;

namespace {

const std::string empty_pong = "\x8a\x80mask";
const std::string text = "\x81\x82maskab";

struct wired {
    explicit wired(std::string early = {}, std::unique_ptr<tls_filter> tls = nullptr) {
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
        tcp_socket socket(io.get_executor());
        socket.assign(boost::asio::ip::tcp::v4(), ends[0]);
        here.emplace(std::move(socket), std::move(tls), std::move(early), time, pool);
    }
    ~wired() { ::close(ends[1]); }
    wired(const wired&) = delete;
    wired& operator=(const wired&) = delete;

    void send(std::string_view octets) const {
        REQUIRE(::send(ends[1], octets.data(), octets.size(), 0) == static_cast<ssize_t>(octets.size()));
    }
    std::string receive() {
        std::string octets(4096, '\0');
        octets.resize(static_cast<std::size_t>(::recv(ends[0], octets.data(), octets.size(), 0)));
        REQUIRE(here->meter(octets.data(), octets.size()));
        return octets;
    }

    boost::asio::io_context io;
    test::manual_clock time;
    buffer_pool pool;
    std::array<int, 2> ends{};
    std::optional<wire> here;
};

} // namespace

TEST_CASE("a message that waits to be received has begun, a control frame is none", "[transport]") {
    wired net;
    CHECK_FALSE(net.here->has_begun_more_than(0));
    net.send(empty_pong);
    CHECK_FALSE(net.here->has_begun_more_than(0));
    net.send(text.substr(0, 6));
    CHECK(net.here->has_begun_more_than(0));
    CHECK_FALSE(net.here->has_begun_more_than(1));
    net.send(text.substr(6) + text);
    CHECK(net.here->has_begun_more_than(1));
    CHECK(net.receive() == empty_pong + text + text); // it was only looked at
    CHECK(net.here->has_begun_more_than(1));
    CHECK_FALSE(net.here->has_begun_more_than(2));
}

TEST_CASE("a message that came with the upgrade request has begun", "[transport]") {
    wired net(empty_pong + text);
    CHECK(net.here->has_begun_more_than(0));
    net.send(text);
    CHECK(net.here->has_begun_more_than(1));
    CHECK_FALSE(net.here->has_begun_more_than(2));
}

TEST_CASE("behind TLS what is looked at stays to be read, too", "[transport]") {
    const test::server_files files;
    const auto context = files.load();
    auto filter = context->accept();
    test::tls_client other;
    REQUIRE(test::shake_hands(*filter, other, 100'000) == test::tls_status::ok);
    wired net({}, std::move(filter));
    CHECK_FALSE(net.here->has_begun_more_than(0));
    other.write(empty_pong);
    net.send(other.take());
    CHECK_FALSE(net.here->has_begun_more_than(0));
    std::array<char, 100> some{};
    std::size_t got = 0;
    REQUIRE(net.here->tls()->read(some.data(), some.size(), got) == test::tls_status::ok);
    CHECK(std::string_view(some.data(), got) == empty_pong);
    REQUIRE(net.here->meter(some.data(), got));
    other.write(text);
    net.send(other.take());
    CHECK(net.here->has_begun_more_than(0));
    CHECK(net.here->has_begun_more_than(0)); // it is in the filter now
    CHECK_FALSE(net.here->has_begun_more_than(1));
    REQUIRE(net.here->tls()->read(some.data(), some.size(), got) == test::tls_status::ok);
    CHECK(std::string_view(some.data(), got) == text);
}

TEST_CASE("answers to the server's own pings are no flood, others are", "[transport]") {
    wired net;
    for (int i = 0; i < 300; ++i) {
        net.here->ping();
        REQUIRE(net.here->meter(empty_pong.data(), empty_pong.size()));
    }
    for (int i = 0; i < 100; ++i) REQUIRE(net.here->meter(empty_pong.data(), empty_pong.size()));
    CHECK_FALSE(net.here->meter(empty_pong.data(), empty_pong.size()));
    CHECK(net.here->violation() == inbound_kind::control_flood);
}

TEST_CASE("of the pongs for a peer that takes nothing the last one waits", "[transport]") {
    wired net;
    const std::string frame = "\x81\x7e\xff\xff" + std::string(65535, 'x');
    while (net.here->flush() == flush_status::drained) net.here->output() += frame;
    net.here->output() += frame;
    const std::size_t before = net.here->unsent();
    for (char which = 'a'; which <= 'z'; ++which) net.here->append_pong(std::string("\x8a\x01") + which);
    CHECK(net.here->unsent() == before);
    std::string got;
    std::array<char, 65536> some{};
    do {
        const ssize_t size = ::recv(net.ends[1], some.data(), some.size(), MSG_DONTWAIT);
        if (size > 0) got.append(some.data(), static_cast<std::size_t>(size));
        (void)net.here->flush();
    } while (net.here->unsent() > 0 || ::recv(net.ends[1], some.data(), 1, MSG_PEEK | MSG_DONTWAIT) > 0);
    CHECK(got.ends_with("x\x8a\x01z"));
    CHECK(got.find("\x8a\x01y") == std::string::npos);
}
