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

namespace {
constexpr std::string_view room_prefix = "wsload-";
constexpr std::size_t chat_at = 9;
constexpr std::size_t room_digits = 17; // run, '-', chat
} // namespace

void append_room_name(std::string& out, std::uint32_t run, std::uint32_t chat) {
    out.append(room_prefix);
    const std::size_t begin = out.size();
    out.append(room_digits, '-');
    put_hex(out.data() + begin, run);
    put_hex(out.data() + begin + chat_at, chat);
}

bool is_room_name(std::string_view text, std::uint32_t run, std::uint32_t chat) {
    if (!text.starts_with(room_prefix) || text.size() != room_prefix.size() + room_digits) return false;
    std::uint32_t of_run = 0, of_chat = 0;
    const char* at = text.data() + room_prefix.size();
    return take_hex(at, of_run) && take_hex(at + chat_at, of_chat) && of_run == run && of_chat == chat;
}

} // namespace wsd::loadgen
