#include "loadgen/frame_feed.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace wsd::loadgen;

namespace {

using texts = std::vector<std::string>;

struct sink final : message_sink {
    texts got;
    std::size_t wanted = 1000;
    bool on_message(std::string_view text) override {
        got.emplace_back(text);
        return got.size() < wanted;
    }
};

std::string frame(char first, const std::string& payload) {
    std::string out(1, first);
    if (payload.size() < 126) {
        out += static_cast<char>(payload.size());
    } else if (payload.size() < 65'536) {
        out += '\x7e';
        for (const int shift : {8, 0}) out += static_cast<char>(payload.size() >> shift & 0xff);
    } else {
        out += '\x7f';
        for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(payload.size() >> shift & 0xff);
    }
    return out + payload;
}
std::string text(const std::string& payload) { return frame('\x81', payload); }

// All that the library is given until more has to be read, a text for each time that it asks.
texts drain(frame_feed& feed, std::size_t room = 100'000) {
    texts given;
    for (;;) {
        if (feed.next() != frame_feed::step::library) return given;
        std::string some(room, '\0');
        some.resize(feed.give(some.data(), room));
        given.push_back(some);
    }
}

} // namespace

TEST_CASE("a feed does not keep a stream that never pauses between two frames") {
    frame_feed feed;
    sink to;
    feed.expect_frames(&to);
    const auto one = text(std::string(100, 'x'));
    feed.add(one.substr(0, 50));
    for (int i = 0; i < 500; ++i) {
        feed.add(one.substr(50) + one.substr(0, 50));
        REQUIRE(feed.next() == frame_feed::step::read);
        REQUIRE(feed.octets_held() <= 2 * one.size());
    }
    CHECK(to.got.size() == 500);
}

TEST_CASE("a feed hands out whole text frames, wherever the reads end") {
    const auto all =
        text("one") + text("") + text(std::string(200, 'x')) + text(std::string(65'535, 'y')) + text("two");
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{1536}, all.size()}) {
        CAPTURE(piece);
        frame_feed feed;
        sink to;
        feed.expect_frames(&to);
        for (std::size_t at = 0; at < all.size(); at += piece) {
            feed.add(std::string_view(all).substr(at, piece));
            REQUIRE(feed.next() == frame_feed::step::read);
        }
        CHECK(to.got == texts{"one", "", std::string(200, 'x'), std::string(65'535, 'y'), "two"});
    }
}

TEST_CASE("a feed gives the library what is not plain, frame by frame and in its place") {
    // A ping, text that is not ASCII, a long frame, a masked one, reserved bits, a length in the wrong form, binary.
    for (const auto& odd : {frame('\x89', "ping"), text("gr\xc3\xbc\xc3\x9f"), text(std::string(70'000, 'z')),
                            std::string("\x81\x82"
                                        "abcdef"),
                            frame('\xc1', "rsv"), std::string("\x81\x7e\x00\x02hi", 6), frame('\x82', "binary"),
                            frame('\x88', "\x03\xe8")}) {
        CAPTURE(odd.substr(0, 20));
        frame_feed feed;
        sink to;
        feed.expect_frames(&to);
        feed.add(text("before") + odd + text("after"));
        CHECK(feed.next() == frame_feed::step::library);
        CHECK(to.got == texts{"before"});
        CHECK(drain(feed) == texts{odd});
        CHECK(to.got == texts{"before", "after"});
    }
}

TEST_CASE("a feed leaves all frames to the library while it has a part of a message") {
    frame_feed feed;
    sink to;
    feed.expect_frames(&to);
    const texts parts{frame('\x01', "first "), frame('\x89', ""), text("not allowed here"), frame('\x80', "last")};
    for (const auto& part : parts) feed.add(part);
    feed.add(text("plain again"));
    CHECK(drain(feed) == parts);
    CHECK(to.got == texts{"plain again"});
}

TEST_CASE("a feed gives a frame in as many pieces as it comes and as there is room for") {
    frame_feed feed;
    sink to;
    feed.expect_frames(&to);
    const auto odd = frame('\x82', std::string(5000, 'b'));
    feed.add(std::string_view(odd).substr(0, 3)); // not the whole head
    CHECK(feed.next() == frame_feed::step::read);
    feed.add(std::string_view(odd).substr(3, 2000));
    CHECK(drain(feed, 1536).size() == 2);
    feed.add(odd.substr(2003) + text("next"));
    CHECK(drain(feed, 1536).size() == 2);
    CHECK(to.got == texts{"next"});
}

TEST_CASE("a feed keeps frames apart from the response before them") {
    const std::string response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
    const auto all = response + text("at once") + frame('\x89', "ping");
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, all.size()}) {
        CAPTURE(piece);
        frame_feed feed;
        std::string seen;
        std::size_t at = 0;
        for (; seen.size() < response.size(); at += piece) {
            feed.add(std::string_view(all).substr(at, piece));
            REQUIRE(feed.next() == frame_feed::step::library);
            std::string some(1536, '\0');
            some.resize(feed.give(some.data(), some.size()));
            seen += some;
        }
        CHECK(seen == response);
        sink to;
        feed.expect_frames(&to);
        feed.add(std::string_view(all).substr(std::min(at, all.size())));
        CHECK(drain(feed) == texts{frame('\x89', "ping")});
        CHECK(to.got == texts{"at once"});
    }
}

TEST_CASE("a feed gives the body of a refusal whole") {
    frame_feed feed;
    feed.add("HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nbody");
    const auto given = drain(feed);
    REQUIRE(given.size() == 2);
    CHECK(given[1] == "body");
}

TEST_CASE("a feed stops when the sink wants no more, and single frames are the library's") {
    frame_feed feed;
    sink to;
    to.wanted = 2;
    feed.expect_frames(&to);
    feed.add(text("1") + text("2") + text("3"));
    CHECK(feed.next() == frame_feed::step::stop);
    CHECK(to.got == texts{"1", "2"});
    feed.expect_frames(nullptr);
    CHECK(drain(feed) == texts{text("3")});
}
