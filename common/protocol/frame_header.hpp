#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

// Headers of data frames as a server sends them: whole messages, not masked (RFC 6455 §5.2).
namespace wsd {

inline constexpr std::size_t frame_header_bytes_max = 10;

[[nodiscard]] constexpr std::size_t frame_header_bytes(std::uint64_t payload_bytes) noexcept {
    return payload_bytes < 126 ? 2 : payload_bytes < 0x10000 ? 4 : 10;
}

// Writes frame_header_bytes(payload_bytes) bytes: one text frame with FIN, no extension bits, no mask.
constexpr void write_text_frame_header(char* to, std::uint64_t payload_bytes) noexcept {
    constexpr char fin_and_text = static_cast<char>(0x81);
    const auto size = frame_header_bytes(payload_bytes);
    to[0] = fin_and_text;
    to[1] = static_cast<char>(size == 2 ? payload_bytes : size == 4 ? 126 : 127);
    for (std::size_t i = 2; i < size; ++i) to[i] = static_cast<char>(payload_bytes >> 8 * (size - 1 - i) & 0xff);
}

// Appends a text frame whose payload `encode_payload(std::string&)` appends. Room is left for the header of a payload
// of 126..65535 bytes; another payload is moved.
template <class F> void append_text_frame(std::string& out, F&& encode_payload) {
    constexpr std::size_t reserved = 4;
    const auto begin = out.size();
    out.append(reserved, '\0');
    std::forward<F>(encode_payload)(out);
    const auto payload_bytes = out.size() - begin - reserved;
    const auto header_bytes = frame_header_bytes(payload_bytes);
    if (header_bytes < reserved) out.erase(begin, reserved - header_bytes);
    if (header_bytes > reserved) out.insert(begin, header_bytes - reserved, '\0');
    write_text_frame_header(out.data() + begin, payload_bytes);
}

} // namespace wsd
