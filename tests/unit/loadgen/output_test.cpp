#include "loadgen/output.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <catch_amalgamated.hpp>

#include <string>

using namespace wsd;
using namespace wsd::loadgen;
namespace asio = boost::asio;

namespace {

// An output whose socket is connected to `peer`, over loopback.
struct fixture {
    asio::io_context io;
    flush_list flushes;
    output out{io.get_executor(), flushes};
    tcp_socket peer{io};

    fixture() {
        asio::basic_socket_acceptor<asio::ip::tcp, executor> acceptor(io, {asio::ip::address_v4::loopback(), 0});
        out.socket().connect(acceptor.local_endpoint());
        acceptor.accept(peer);
        out.socket().non_blocking(true);
        peer.non_blocking(true);
    }
    // What has arrived so far.
    std::string received() {
        std::string all;
        for (;;) {
            std::string some(100'000, '\0');
            boost::system::error_code ec;
            some.resize(peer.read_some(asio::buffer(some), ec));
            if (ec) return all;
            all += some;
        }
    }
    // Loopback delivers within the call, but for what does not fit.
    std::string receive(std::size_t bytes) {
        std::string all;
        while (all.size() < bytes) {
            all += received();
            io.poll();
            io.restart();
        }
        return all;
    }
};

struct frame {
    std::string payload;
    std::size_t bytes = 0; // of header and payload
};

// The inverse of what RFC 6455 §5.2 asks of a client.
frame read_frame(const std::string& bytes) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes.at(i)); };
    REQUIRE(at(0) == 0x81);
    REQUIRE((at(1) & 0x80) != 0);
    std::size_t length = at(1) & 0x7f, header = 2;
    const std::size_t wide = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (wide != 0) length = 0;
    for (std::size_t i = 0; i < wide; ++i) length = length << 8 | at(header++);
    frame read{.payload = bytes.substr(header + 4, length), .bytes = header + 4 + length};
    REQUIRE(read.payload.size() == length);
    for (std::size_t i = 0; i < length; ++i)
        read.payload[i] = static_cast<char>(read.payload[i] ^ bytes[header + i % 4]);
    return read;
}

} // namespace

TEST_CASE_METHOD(fixture, "text frames of every length class are masked and read back") {
    for (const std::size_t length : {0u, 1u, 7u, 8u, 125u, 126u, 127u, 65'535u, 65'536u, 300'000u}) {
        std::string text(length, '\0');
        for (std::size_t i = 0; i < length; ++i) text[i] = static_cast<char>('a' + i % 26);
        out.text(text, 0x1f2e3d4c);
        flushes.flush();
        const auto read = read_frame(receive(length + 6));
        CAPTURE(length);
        CHECK(read.payload == text);
    }
}

TEST_CASE_METHOD(fixture, "frames of one turn leave together and in order") {
    out.text("one", 1);
    out.raw("\x89\x80 key");
    out.text("two", 2);
    CHECK(received().empty());
    flushes.flush();
    const auto bytes = received();
    const auto first = read_frame(bytes);
    CHECK(first.payload == "one");
    CHECK(bytes.substr(first.bytes, 6) == "\x89\x80 key");
    CHECK(read_frame(bytes.substr(first.bytes + 6)).payload == "two");
    CHECK(out.bytes_written() == bytes.size());
}

TEST_CASE_METHOD(fixture, "half a frame leaves at once, and closing drops the rest") {
    out.half_text("0123456789", 1);
    CHECK(received().size() == 8);
    out.text("never", 1);
    out.close(false);
    flushes.flush();
    CHECK(received().empty());
    CHECK_FALSE(out.socket().is_open());
}

TEST_CASE_METHOD(fixture, "what the kernel does not take follows when it can") {
    const std::string text(8'000'000, 'x');
    out.text(text, 7);
    flushes.flush();
    CHECK(out.bytes_written() < text.size());
    CHECK(read_frame(receive(text.size() + 14)).payload == text);
    CHECK(out.bytes_written() == text.size() + 14);
}
