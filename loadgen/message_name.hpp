#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wsd::loadgen {

// The clientMessageId of a message of ours, so that its answer is matched without a table:
// run, stream and number, eight hexadecimal digits each.
struct message_name {
    std::uint32_t run = 0;
    std::uint32_t stream = 0;
    std::uint32_t number = 0;
    friend bool operator==(const message_name&, const message_name&) = default;
};
inline constexpr std::size_t message_name_bytes = 26;

void append_message_name(std::string& out, const message_name& name);
[[nodiscard]] std::optional<message_name> parse_message_name(std::string_view text);

// A room of this run: wsload-, run and chat.
void append_room_name(std::string& out, std::uint32_t run, std::uint32_t chat);
[[nodiscard]] bool is_room_name(std::string_view text, std::uint32_t run, std::uint32_t chat);

} // namespace wsd::loadgen
