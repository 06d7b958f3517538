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
