#include "common/protocol/chat_id.hpp"

#include "common/protocol/text.hpp"

#include <algorithm>
#include <string>

namespace wsd {
namespace {

constexpr std::string_view direct_prefix = "dm:";
constexpr std::string_view room_prefix = "room:";

void append_escaped(std::string& out, std::string_view user) {
    while (!user.empty()) {
        const std::size_t plain = std::min(user.find('%'), user.find(':'));
        out += user.substr(0, plain);
        if (plain == std::string_view::npos) return;
        out += user[plain] == '%' ? "%25" : "%3A";
        user.remove_prefix(plain + 1);
    }
}

// nullopt when there is an escape that append_escaped does not make.
std::optional<std::string> unescape(std::string_view text) {
    std::string out;
    for (;;) {
        const auto escape = text.find('%');
        out += text.substr(0, escape);
        if (escape == std::string_view::npos) return out;
        text.remove_prefix(escape);
        if (text.starts_with("%25")) {
            out += '%';
        } else if (text.starts_with("%3A")) {
            out += ':';
        } else {
            return std::nullopt;
        }
        text.remove_prefix(3);
    }
}

} // namespace

chat_id direct_chat_id(const user_id& one, const user_id& other) {
    const bool in_order = one < other;
    chat_id chat;
    chat.value.reserve(direct_prefix.size() + one.value.size() + other.value.size() + 1);
    chat.value += direct_prefix;
    append_escaped(chat.value, in_order ? one.value : other.value);
    chat.value += ':';
    append_escaped(chat.value, in_order ? other.value : one.value);
    return chat;
}

chat_id room_chat_id(const room_id& room) {
    chat_id chat;
    chat.value.reserve(room_prefix.size() + room.value.size());
    chat.value += room_prefix;
    chat.value += room.value;
    return chat;
}

std::optional<direct_chat_users> parse_direct_chat(std::string_view chat) {
    if (!chat.starts_with(direct_prefix)) return std::nullopt;
    chat.remove_prefix(direct_prefix.size());
    const auto separator = chat.find(':');
    if (separator == std::string_view::npos || chat.find(':', separator + 1) != std::string_view::npos)
        return std::nullopt;
    auto first = unescape(chat.substr(0, separator));
    auto second = unescape(chat.substr(separator + 1));
    if (!first || !second || !is_id(*first) || !is_id(*second) || !(*first < *second)) return std::nullopt;
    return direct_chat_users{user_id{std::move(*first)}, user_id{std::move(*second)}};
}

std::optional<room_id> parse_room_chat(std::string_view chat) {
    if (!chat.starts_with(room_prefix)) return std::nullopt;
    chat.remove_prefix(room_prefix.size());
    if (!is_id(chat)) return std::nullopt;
    return room_id{std::string(chat)};
}

} // namespace wsd
