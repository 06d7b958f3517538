#pragma once

#include "common/base/ids.hpp"

#include <optional>
#include <string_view>

// Names of chats: `room:<room id>`, or `dm:<a>:<b>` with a < b by bytes, in which `%` is written `%25` and `:` `%3A`.
namespace wsd {

// The same for both orders of the arguments.
[[nodiscard]] chat_id direct_chat_id(const user_id& one, const user_id& other);
[[nodiscard]] chat_id room_chat_id(const room_id& room);

struct direct_chat_users {
    user_id first; // first < second by bytes
    user_id second;

    friend bool operator==(const direct_chat_users&, const direct_chat_users&) = default;
};
// Only what direct_chat_id makes of two different ids; nullopt for anything else.
[[nodiscard]] std::optional<direct_chat_users> parse_direct_chat(std::string_view chat);
// Only what room_chat_id makes of an id; nullopt for anything else.
[[nodiscard]] std::optional<room_id> parse_room_chat(std::string_view chat);

} // namespace wsd
