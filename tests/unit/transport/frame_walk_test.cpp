#include "server/transport/frame_walk.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using wsd::frame_walk;

namespace {

std::string frame_of(std::size_t size) {
    std::string out("\x81");
    if (size < 126) {
        out += static_cast<char>(size);
    } else if (size < 65536) {
        out += '\x7e';
        for (int shift = 8; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xff);
    } else {
        out += '\x7f';
        for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xff);
    }
    return out + std::string(size, '\x81');
}

} // namespace

TEST_CASE("the rest of a frame is known wherever the output was cut", "[transport]") {
    const std::string head(129, 'H'); // the answer to the upgrade
    std::string output = head;
    std::vector<std::size_t> ends{head.size()};
    for (const std::size_t size : {0U, 1U, 125U, 126U, 300U, 65535U, 65536U, 70000U}) {
        output += frame_of(size);
        ends.push_back(output.size());
    }
    for (const std::size_t step : {1U, 7U, 128U, 129U, 130U, 4096U, 65537U, 100000U}) {
        frame_walk walk;
        walk.begin_with(head.size());
        for (std::size_t at = 0; at < output.size();) {
            const std::size_t taken = std::min(step, output.size() - at);
            walk.pass(std::string_view(output).substr(at), taken);
            at += taken;
            const auto end = std::lower_bound(ends.begin(), ends.end(), at);
            REQUIRE(walk.left() == *end - at);
        }
    }
}

TEST_CASE("what was handed on whole leaves nothing to finish", "[transport]") {
    frame_walk walk;
    walk.pass(frame_of(10), 5);
    CHECK(walk.left() == 7);
    walk.pass_all();
    CHECK(walk.left() == 0);
}
