#pragma once

#include "common/base/ids.hpp"
#include "common/protocol/server_events.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

// Objects that are parts of server frames.
namespace wsd::from_server {

using nullable_time = field::or_null<field::timestamp_ms>;
using member_role_word = field::word<"OWNER", "ADMIN", "MEMBER">;

// A message as it is now; a deleted one is a tombstone without content.
struct message_object {
    wsd::message_id message_id{};
    std::string_view chat_id{};
    std::uint64_t chat_seq = 0;
    std::string_view sender_id{};
    std::string_view recipient_id{}; // direct message; empty: none
    std::string_view room_id{};      // room message; empty: none
    std::string_view message_type{}; // room message; empty: none
    std::optional<std::string_view> content{};
    std::int64_t timestamp = 0;
    std::string_view state = "sent";
    bool edited = false;
    std::optional<std::int64_t> edited_at{};
    bool deleted = false;
    std::optional<std::int64_t> deleted_at{};
    std::string_view client_message_id{};           // own messages; empty: none
    std::optional<std::uint64_t> delivered_count{}; // own room messages, like the next two
    std::optional<std::uint64_t> read_count{};
    std::optional<std::uint64_t> total_count{};

    using fields = field::table<field::required<"messageId", &message_object::message_id, field::uuid>,
                                field::required<"chatId", &message_object::chat_id, field::text<>>,
                                field::required<"chatSeq", &message_object::chat_seq, field::natural>,
                                field::required<"senderId", &message_object::sender_id, field::id>,
                                field::optional<"recipientId", &message_object::recipient_id, field::id>,
                                field::optional<"roomId", &message_object::room_id, field::id>,
                                field::optional<"messageType", &message_object::message_type, field::tag<32>>,
                                field::required<"content", &message_object::content, field::or_null<field::text<>>>,
                                field::required<"timestamp", &message_object::timestamp, field::timestamp_ms>,
                                field::required<"state", &message_object::state, message_state_word>,
                                field::required<"edited", &message_object::edited, field::boolean>,
                                field::required<"editedAt", &message_object::edited_at, nullable_time>,
                                field::required<"deleted", &message_object::deleted, field::boolean>,
                                field::required<"deletedAt", &message_object::deleted_at, nullable_time>,
                                field::optional<"clientMessageId", &message_object::client_message_id, field::tag<>>,
                                field::optional<"deliveredCount", &message_object::delivered_count, field::natural>,
                                field::optional<"readCount", &message_object::read_count, field::natural>,
                                field::optional<"totalCount", &message_object::total_count, field::natural>>;
};

struct conversation {
    std::string_view chat_id{};
    std::uint64_t head_chat_seq = 0;
    std::uint64_t read_chat_seq = 0;
    std::uint64_t unread = 0;
    std::optional<message_object> last_message{};

    using fields =
        field::table<field::required<"chatId", &conversation::chat_id, field::text<>>,
                     field::required<"headChatSeq", &conversation::head_chat_seq, field::natural>,
                     field::required<"readChatSeq", &conversation::read_chat_seq, field::natural>,
                     field::required<"unread", &conversation::unread, field::natural>,
                     field::required<"lastMessage", &conversation::last_message, field::or_null<field::object>>>;
};

// A room in its member's list.
struct room_summary {
    std::string_view id{};
    std::string_view name{};
    std::optional<std::string_view> thumbnail_url{};
    std::uint64_t member_count = 0;
    std::string_view my_role{};
    std::uint64_t version = 0;
    std::int64_t updated_at = 0;

    using fields =
        field::table<field::required<"id", &room_summary::id, field::id>,
                     field::required<"name", &room_summary::name, field::text<>>,
                     field::required<"thumbnailUrl", &room_summary::thumbnail_url, field::or_null<field::text<>>>,
                     field::required<"memberCount", &room_summary::member_count, field::natural>,
                     field::required<"myRole", &room_summary::my_role, member_role_word>,
                     field::required<"version", &room_summary::version, field::natural>,
                     field::required<"updatedAt", &room_summary::updated_at, field::timestamp_ms>>;
};

// Entries from..to of the log were trimmed.
struct gap {
    std::uint64_t from = 0;
    std::uint64_t to = 0;

    using fields =
        field::table<field::required<"from", &gap::from, field::natural>,
                     field::required<"to", &gap::to, field::natural>, field::constant<"reason", "\"CURSOR_EXPIRED\"">>;
};

// What became of a send whose acknowledgement was lost.
struct pending_message {
    wsd::message_id message_id{};
    std::string_view chat_id{};
    std::uint64_t seq = 0; // in the sender's log
    std::uint64_t chat_seq = 0;
    std::string_view state = "sent";

    using fields = field::table<field::required<"messageId", &pending_message::message_id, field::uuid>,
                                field::required<"chatId", &pending_message::chat_id, field::text<>>,
                                field::required<"seq", &pending_message::seq, field::natural>,
                                field::required<"chatSeq", &pending_message::chat_seq, field::natural>,
                                field::required<"state", &pending_message::state, message_state_word>>;
};

} // namespace wsd::from_server
