#include "server/transport/frame_meter.hpp"

#include <algorithm>

namespace wsd {

std::size_t frame_meter::header_length() const noexcept {
    if (header_size_ < 2) return 2;
    const unsigned length_code = header_[1] & 0x7f;
    const std::size_t extended = length_code == 127 ? 8 : length_code == 126 ? 2 : 0;
    const std::size_t mask = (header_[1] & 0x80) != 0 ? 4 : 0;
    return 2 + extended + mask;
}

void frame_meter::take_header() noexcept {
    const unsigned length_code = header_[1] & 0x7f;
    const unsigned opcode = header_[0] & 0x0f;
    payload_left_ = length_code;
    if (length_code >= 126) {
        payload_left_ = 0;
        const unsigned octets = length_code == 126 ? 2 : 8;
        for (unsigned i = 0; i < octets; ++i) payload_left_ = payload_left_ << 8 | header_[2 + i];
    }
    header_size_ = 0;
    final_data_frame_ = false;
    if (opcode >= 8) {
        if (opcode != 8) ++control_frames_;
        if (opcode == 10) ++pongs_;
    } else {
        if (fragments_ == 0) ++messages_begun_;
        fragments_peak_ = std::max(fragments_peak_, ++fragments_);
        final_data_frame_ = (header_[0] & 0x80) != 0;
    }
    if (payload_left_ == 0) end_frame();
}

void frame_meter::end_frame() noexcept {
    if (final_data_frame_) fragments_ = 0;
    final_data_frame_ = false;
}

void frame_meter::observe(const unsigned char* octets, std::size_t size) noexcept {
    while (size > 0) {
        if (payload_left_ > 0) {
            const std::size_t taken = static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, size));
            payload_left_ -= taken;
            octets += taken;
            size -= taken;
            if (payload_left_ == 0) end_frame();
            continue;
        }
        header_[header_size_++] = *octets++;
        --size;
        if (header_size_ == header_length()) take_header();
    }
}

} // namespace wsd
