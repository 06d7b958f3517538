#pragma once

#include <cstdint>
#include <string>

namespace wsd::loadgen {

// What the machine allows.
struct machine_limits {
    std::uint64_t descriptors = 0; // that this process may have open
    std::uint32_t ports = 0;       // for outgoing connections, of each source address to one server
    std::uint32_t processors = 0;
    std::string system; // "Linux 6.1.0 x86_64"
};

} // namespace wsd::loadgen
