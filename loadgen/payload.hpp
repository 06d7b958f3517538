#pragma once

#include "common/base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wsd::loadgen {

// What a message says about itself, so that whoever receives it can tell whether it should have, and when it was due.
struct payload {
    std::uint32_t run = 0;    // names the run
    std::uint32_t stream = 0; // the sending connection
    std::uint32_t number = 0; // 1, 2, 3 … within the stream
    std::int64_t due_ns = 0;  // scheduled time on the monotonic clock of this machine
};

// Fixed fields of hexadecimal digits, filler that depends on them, and a checksum over all that: printable ASCII
// without quotes or backslashes.
inline constexpr std::size_t payload_bytes_min = 52;

// Appends exactly `bytes` ≥ payload_bytes_min bytes.
void append_payload(std::string& out, const payload& value, std::size_t bytes);

enum class payload_fault : std::uint8_t {
    none,
    damaged, // checksum or form is wrong; the fields are whatever could be read and may be wrong too
};
struct parsed_payload {
    payload value;
    payload_fault fault = payload_fault::none;
};
[[nodiscard]] parsed_payload parse_payload(std::string_view content);

} // namespace wsd::loadgen
