#pragma once

#include "common/state/log_records.hpp"
#include "common/state/log_tables.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// What readers ask about the chats of a user, and what they get. Plain values.
namespace wsd {

// A chat of a user; valid for the store that named it.
struct listed_chat {
    chat_key chat = chat_key::none;
    direct_pair users{};    // of a direct chat
    std::uint64_t last = 0; // offset of the newest message that the user sees, or of its own coming
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
    std::shared_ptr<const message_record> last; // null: the user sees none
    message_state state = message_state::sent;  // of `last`, as the user is to see it
    std::optional<receipt_counts> counts = {};  // of `last`, when it is an own message of a room
    bool gone = false;                          // since the chats were listed: not to be shown
};
struct conversation_page {
    std::vector<conversation_state> conversations; // the first ones of those asked for, at least one
};

// Messages of a chat that the user sees: the newest ones, the newest below `before`, or the oldest above `after`.
struct history_request {
    user_id user;
    user_id peer{}; // of a direct chat, or
    room_id room{};
    std::optional<std::uint64_t> before{}; // chat_seq
    std::optional<std::uint64_t> after{};
    std::uint32_t limit = 50;
    std::size_t max_bytes = 256 * 1024; // of content; the first message comes in any case
};
struct history_page {
    struct item {
        std::shared_ptr<const message_record> message;
        message_state state = message_state::sent;
        std::optional<receipt_counts> counts = {}; // of an own message of a room
    };
    std::vector<item> messages; // ascending
    bool has_more = false;      // in the direction of the question
    bool found = true;          // false: the user is no member of the room, or there is none
};

// What became of the messages in the user's log that are addressed to it.
struct sync_request {
    user_id user;
    std::string last_message; // messageIds; empty: none
    std::string last_read;
};
struct sync_state {
    static constexpr std::size_t ids_max = 1000;

    std::string unknown; // an id of the request that is not in the log: the rest is worthless
    std::uint64_t head = 0;
    std::uint64_t floor = 1;
    std::uint64_t undelivered = 0;     // in state sent, above last_message, at most ids_max are counted
    std::vector<message_id> delivered; // in state delivered, above last_message; ascending, the newest ids_max
    std::vector<message_id> read;      // in state read, above last_read, likewise
};

using chat_question = std::variant<chat_list_request, conversations_request, history_request, sync_request>;
using chat_answer = std::variant<chat_list, conversation_page, history_page, sync_state>;

} // namespace wsd
