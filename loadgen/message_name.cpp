#include "loadgen/message_name.hpp"

#include "loadgen/hex.hpp"

namespace wsd::loadgen {
namespace {
constexpr std::size_t stream_at = 9, number_at = 18;
}

void append_message_name(std::string& out, const message_name& name) {
    const std::size_t begin = out.size();
    out.append(message_name_bytes, '-');
    char* at = out.data() + begin;
    put_hex(at, name.run);
    put_hex(at + stream_at, name.stream);
    put_hex(at + number_at, name.number);
}

std::optional<message_name> parse_message_name(std::string_view text) {
    if (text.size() != message_name_bytes) return std::nullopt;
    message_name name;
    const char* at = text.data();
    if (!take_hex(at, name.run) || !take_hex(at + stream_at, name.stream) || !take_hex(at + number_at, name.number) ||
        at[stream_at - 1] != '-' || at[number_at - 1] != '-')
        return std::nullopt;
    return name;
}

} // namespace wsd::loadgen
