#include "server/transport/frame_meter.hpp"

#include <catch_amalgamated.hpp>

#include <cstdint>
#include <string>
#include <string_view>

using namespace wsd;

namespace {

enum class opcode : unsigned char { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct frame_shape {
    opcode kind = opcode::text;
    bool final = true;
    std::size_t payload = 0;
    bool masked = true;
};

// With the shortest form of the length (RFC 6455 §5.2). The payload looks like headers, to be mistaken for them.
std::string frame_of(const frame_shape& shape) {
    std::string out;
    out += static_cast<char>((shape.final ? 0x80 : 0) | static_cast<unsigned char>(shape.kind));
    const unsigned mask = shape.masked ? 0x80 : 0;
    if (shape.payload < 126) {
        out += static_cast<char>(mask | shape.payload);
    } else {
        const int octets = shape.payload < 65536 ? 2 : 8;
        out += static_cast<char>(mask | (octets == 2 ? 126u : 127u));
        for (int i = octets - 1; i >= 0; --i) out += static_cast<char>(shape.payload >> (8 * i) & 0xff);
    }
    if (shape.masked) out += "\x89\x80\xff\x01";
    out.append(shape.payload, '\x89');
    return out;
}

void observe(frame_meter& meter, std::string_view octets) {
    meter.observe(reinterpret_cast<const unsigned char*>(octets.data()), octets.size());
}

void observe_octet_by_octet(frame_meter& meter, std::string_view octets) {
    for (std::size_t i = 0; i < octets.size(); ++i) observe(meter, octets.substr(i, 1));
}

struct counts {
    std::uint32_t fragments_peak;
    std::uint64_t control_frames;
    std::uint64_t messages_begun;
    bool inside;
    friend bool operator==(const counts&, const counts&) = default;
    friend std::ostream& operator<<(std::ostream& out, const counts& c) {
        return out << "peak " << c.fragments_peak << ", control " << c.control_frames << ", begun " << c.messages_begun
                   << ", inside " << c.inside;
    }
};

counts counts_of(const frame_meter& meter) {
    return {meter.fragments_peak(), meter.control_frames(), meter.messages_begun(), meter.inside_message()};
}

} // namespace

TEST_CASE("nothing is counted before the first octet", "[transport]") {
    CHECK(counts_of(frame_meter()) == counts{0, 0, 0, false});
}

TEST_CASE("every form of length and mask is followed", "[transport]") {
    const auto size = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{125}, std::size_t{126}, std::size_t{127},
                               std::size_t{65535}, std::size_t{65536}, std::size_t{70000});
    const bool masked = GENERATE(true, false);
    CAPTURE(size, masked);
    const std::string one = frame_of({.payload = size, .masked = masked});
    frame_meter meter;
    observe(meter, one);
    CHECK(counts_of(meter) == counts{1, 0, 1, false});
    observe(meter, one + one);
    CHECK(counts_of(meter) == counts{1, 0, 3, false});
}

TEST_CASE("a stream may be cut at every octet", "[transport]") {
    const std::string stream = frame_of({.payload = 5}) + frame_of({.kind = opcode::ping, .payload = 3}) +
                               frame_of({.final = false, .payload = 126}) + frame_of({.kind = opcode::pong}) +
                               frame_of({.kind = opcode::continuation, .final = false}) +
                               frame_of({.kind = opcode::continuation, .payload = 130}) +
                               frame_of({.kind = opcode::binary, .payload = 65536, .masked = false});
    const counts expected{3, 2, 3, false};
    SECTION("into two") {
        // Beyond the short frames the last one's payload is uniform: its beginning and its end stand for it.
        for (std::size_t cut = 0; cut <= stream.size(); cut += cut > 400 && cut + 10 < stream.size() ? 977 : 1) {
            frame_meter meter;
            observe(meter, std::string_view(stream).substr(0, cut));
            observe(meter, std::string_view(stream).substr(cut));
            CAPTURE(cut);
            REQUIRE(counts_of(meter) == expected);
        }
    }
    SECTION("into octets") {
        frame_meter meter;
        observe_octet_by_octet(meter, stream);
        CHECK(counts_of(meter) == expected);
    }
}

TEST_CASE("a message has begun with its first header, not with a part of it", "[transport]") {
    const std::string frame = frame_of({.payload = 200});
    constexpr std::size_t header = 8;
    for (std::size_t taken = 1; taken < header; ++taken) {
        frame_meter meter;
        observe(meter, std::string_view(frame).substr(0, taken));
        CAPTURE(taken);
        CHECK(counts_of(meter) == counts{0, 0, 0, true});
    }
    frame_meter meter;
    observe(meter, std::string_view(frame).substr(0, header));
    CHECK(counts_of(meter) == counts{1, 0, 1, true});
    observe(meter, std::string_view(frame).substr(header, 199));
    CHECK(counts_of(meter) == counts{1, 0, 1, true});
    observe(meter, std::string_view(frame).substr(header + 199));
    CHECK(counts_of(meter) == counts{1, 0, 1, false});
}

TEST_CASE("a message lasts over its fragments and the control frames between them", "[transport]") {
    frame_meter meter;
    observe(meter, frame_of({.final = false, .payload = 10}));
    CHECK(counts_of(meter) == counts{1, 0, 1, true});
    observe(meter, frame_of({.kind = opcode::ping, .payload = 125}));
    CHECK(counts_of(meter) == counts{1, 1, 1, true});
    observe(meter, frame_of({.kind = opcode::continuation, .final = false}));
    CHECK(counts_of(meter) == counts{2, 1, 1, true});
    observe(meter, frame_of({.kind = opcode::pong}));
    CHECK(counts_of(meter) == counts{2, 2, 1, true});
    observe(meter, frame_of({.kind = opcode::continuation, .payload = 1}));
    CHECK(counts_of(meter) == counts{3, 2, 1, false});
}

TEST_CASE("an empty last fragment ends its message", "[transport]") {
    frame_meter meter;
    observe(meter, frame_of({.final = false, .payload = 4}));
    observe(meter, frame_of({.kind = opcode::continuation}));
    CHECK(counts_of(meter) == counts{2, 0, 1, false});
}

TEST_CASE("a control frame with payload between messages is no message", "[transport]") {
    frame_meter meter;
    const std::string ping = frame_of({.kind = opcode::ping, .payload = 20});
    observe(meter, std::string_view(ping).substr(0, 10));
    CHECK(counts_of(meter) == counts{0, 1, 0, false});
    observe(meter, std::string_view(ping).substr(10));
    CHECK(counts_of(meter) == counts{0, 1, 0, false});
}

TEST_CASE("the close frame is no ping", "[transport]") {
    frame_meter meter;
    observe(meter, frame_of({.kind = opcode::close, .payload = 2}));
    CHECK(counts_of(meter) == counts{0, 0, 0, false});
}

TEST_CASE("the peak is that of the longest message", "[transport]") {
    frame_meter meter;
    const auto message = [&meter](std::size_t fragments) {
        for (std::size_t i = 1; i <= fragments; ++i)
            observe(meter, frame_of({.kind = i == 1 ? opcode::text : opcode::continuation, .final = i == fragments}));
    };
    message(2);
    CHECK(meter.fragments_peak() == 2);
    message(1025);
    CHECK(meter.fragments_peak() == 1025);
    message(3);
    CHECK(counts_of(meter) == counts{1025, 0, 3, false});
}

TEST_CASE("a length of 2^64 - 1 does not wrap around", "[transport]") {
    frame_meter meter;
    observe(meter, std::string("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 10));
    observe(meter, std::string(100'000, '\x81'));
    CHECK(counts_of(meter) == counts{1, 0, 1, true});
}
