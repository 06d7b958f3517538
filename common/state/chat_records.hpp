#pragma once

#include "common/state/log_records.hpp"
#include "common/state/log_tables.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

// What readers ask about the chats of a user, and what they get. Plain values.
namespace wsd {

// A direct chat of a user; valid for the store that named it.
struct listed_chat {
    chat_key chat = chat_key::none;
    direct_pair users{};
    std::uint64_t last = 0; // offset of its newest message
};

// All chats of the user.
struct chat_list_request {
    user_id user;
};
struct chat_list {
    std::vector<listed_chat> chats; // by last activity, newest first
};

// How these of the user's chats stand.
struct conversations_request {
    user_id user;
    std::vector<listed_chat> chats;
    std::size_t max_bytes = 256 * 1024; // of content; the first conversation comes in any case
};
struct conversation_state {
    chat_id chat;
    std::uint64_t head_chat_seq = 0;
    std::uint64_t read_chat_seq = 0;
    std::uint64_t unread = 0;
    std::shared_ptr<const message_record> last; // null: it has no messages
    message_state state = message_state::sent;  // of `last`, as the user is to see it
};
struct conversation_page {
    std::vector<conversation_state> conversations; // the first ones of those asked for, at least one
};

using chat_question = std::variant<chat_list_request, conversations_request>;
using chat_answer = std::variant<chat_list, conversation_page>;

} // namespace wsd
