#pragma once

#include <cstdint>

namespace wsd {

// Bounds of client frames that are options, in code points.
struct decode_limits {
    std::uint32_t content_length = 10000;
    std::uint32_t room_name_length = 200;
    std::uint32_t thumbnail_url_length = 2048;
};

} // namespace wsd
