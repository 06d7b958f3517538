#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wsd {

// Where the frame ends of which only a part has been handed on, in an output to which whole frames of a server are
// appended (RFC 6455 §5.2, unmasked).
class frame_walk {
  public:
    // Octets that follow on those handed on and belong with them.
    [[nodiscard]] std::size_t left() const noexcept { return left_; }
    // So many octets at the front are no frames, and are one thing.
    void begin_with(std::size_t octets) noexcept { left_ = octets; }
    // `taken` octets from the front of `output` are handed on.
    void pass(std::string_view output, std::size_t taken) noexcept {
        for (std::size_t at = 0; at < taken;) {
            if (left_ == 0) left_ = frame_size(output.substr(at));
            const std::size_t passed = std::min(left_, taken - at);
            left_ -= passed;
            at += passed;
        }
    }
    // All has been handed on.
    void pass_all() noexcept { left_ = 0; }

  private:
    [[nodiscard]] static std::size_t frame_size(std::string_view frame) noexcept {
        const auto octet = [frame](std::size_t i) { return std::size_t{static_cast<unsigned char>(frame[i])}; };
        const std::size_t code = octet(1);
        if (code < 126) return 2 + code;
        const std::size_t extended = code == 126 ? 2 : 8;
        std::size_t size = 0;
        for (std::size_t i = 0; i < extended; ++i) size = size << 8 | octet(2 + i);
        return 2 + extended + size;
    }

    std::size_t left_ = 0;
};

} // namespace wsd
