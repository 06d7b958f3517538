#pragma once

#include <cstddef>
#include <cstdint>

namespace wsd {

// Follows the frame headers (RFC 6455 §5.2) in a stream of octets and counts what the WebSocket library bounds in
// octets only: fragments of a message and control frames. It never judges a frame: that is the library's work.
class frame_meter {
  public:
    void observe(const unsigned char* octets, std::size_t size) noexcept;

    // Fragments of the longest message so far.
    [[nodiscard]] std::uint32_t fragments_peak() const noexcept { return fragments_peak_; }
    // Ping and pong frames since the beginning.
    [[nodiscard]] std::uint64_t control_frames() const noexcept { return control_frames_; }
    // Pong frames among these.
    [[nodiscard]] std::uint64_t pongs() const noexcept { return pongs_; }
    // Messages whose first header has arrived, since the beginning.
    [[nodiscard]] std::uint64_t messages_begun() const noexcept { return messages_begun_; }
    // A data frame's header or a part of it has arrived and its message has not ended.
    [[nodiscard]] bool inside_message() const noexcept { return fragments_ != 0 || header_size_ != 0; }

  private:
    void take_header() noexcept;
    [[nodiscard]] std::size_t header_length() const noexcept;
    void end_frame() noexcept;

    std::uint64_t payload_left_ = 0;
    std::uint64_t control_frames_ = 0;
    std::uint64_t pongs_ = 0;
    std::uint64_t messages_begun_ = 0;
    std::uint32_t fragments_ = 0; // of the message that is being received; 0 between messages
    std::uint32_t fragments_peak_ = 0;
    unsigned char header_[14] = {};
    std::uint8_t header_size_ = 0;
    bool final_data_frame_ = false;
};

} // namespace wsd
