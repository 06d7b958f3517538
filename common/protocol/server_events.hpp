#pragma once

#include "common/base/ids.hpp"
#include "common/protocol/server_errors.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

// Entries of a user's log about messages. `seq` is the first field, so that what follows it can be encoded once for
// many users: see encode_event_tail.
namespace wsd::from_server {

using message_state_word = field::word<"sent", "delivered", "read">;
using durability_word = field::word<"fsync", "os", "memory">;
using mutation_word = field::word<"edit", "delete">;

// A direct message in the log of one of its users.
struct message_receive {
    static constexpr std::string_view type = "MESSAGE_RECEIVE";
    static constexpr auto delivery = frame_class::event;

    std::uint64_t seq = 0;
    wsd::message_id message_id{};
    std::string_view chat_id{};
    std::uint64_t chat_seq = 0;
    std::string_view sender_id{};
    std::string_view recipient_id{};
    std::string_view content{};
    std::int64_t timestamp = 0;
    std::string_view state = "sent";
    std::string_view client_message_id{}; // in the sender's log only; empty: none
    bool edited = false;
    std::optional<std::int64_t> edited_at{};
    bool is_replay = false;

    using fields = field::table<field::required<"seq", &message_receive::seq, field::natural>,
                                field::required<"messageId", &message_receive::message_id, field::uuid>,
                                field::required<"chatId", &message_receive::chat_id, field::text<>>,
                                field::required<"chatSeq", &message_receive::chat_seq, field::natural>,
                                field::required<"senderId", &message_receive::sender_id, field::id>,
                                field::required<"recipientId", &message_receive::recipient_id, field::id>,
                                field::required<"content", &message_receive::content, field::text<>>,
                                field::required<"timestamp", &message_receive::timestamp, field::timestamp_ms>,
                                field::required<"state", &message_receive::state, message_state_word>,
                                field::optional<"clientMessageId", &message_receive::client_message_id, field::tag<>>,
                                field::when<"edited", &message_receive::edited>,
                                field::optional<"editedAt", &message_receive::edited_at, field::timestamp_ms>,
                                field::when<"isReplay", &message_receive::is_replay>>;
};

// A message in the log of a member of its room.
struct room_message {
    static constexpr std::string_view type = "ROOM_MESSAGE";
    static constexpr auto delivery = frame_class::event;

    std::uint64_t seq = 0;
    wsd::message_id message_id{};
    std::string_view room_id{};
    std::string_view chat_id{};
    std::uint64_t chat_seq = 0;
    std::string_view sender_id{};
    std::string_view content{};
    std::string_view message_type = "text";
    std::int64_t timestamp = 0;
    std::string_view state = "sent";
    std::string_view client_message_id{}; // in the sender's log only; empty: none
    bool edited = false;
    std::optional<std::int64_t> edited_at{};
    bool is_replay = false;

    using fields = field::table<
        field::required<"seq", &room_message::seq, field::natural>,
        field::required<"messageId", &room_message::message_id, field::uuid>,
        field::again<"messageId", field::required<"roomMessageId", &room_message::message_id, field::uuid>>,
        field::required<"roomId", &room_message::room_id, field::id>,
        field::required<"chatId", &room_message::chat_id, field::text<>>,
        field::required<"chatSeq", &room_message::chat_seq, field::natural>,
        field::required<"senderId", &room_message::sender_id, field::id>,
        field::required<"content", &room_message::content, field::text<>>,
        field::required<"messageType", &room_message::message_type, field::tag<32>>,
        field::required<"timestamp", &room_message::timestamp, field::timestamp_ms>,
        field::required<"state", &room_message::state, message_state_word>,
        field::optional<"clientMessageId", &room_message::client_message_id, field::tag<>>,
        field::when<"edited", &room_message::edited>,
        field::optional<"editedAt", &room_message::edited_at, field::timestamp_ms>,
        field::when<"isReplay", &room_message::is_replay>>;
};

// A message was edited or deleted.
struct message_mutation {
    static constexpr std::string_view type = "MESSAGE_MUTATION";
    static constexpr auto delivery = frame_class::event;

    std::uint64_t seq = 0;
    std::string_view action{};
    wsd::message_id message_id{};
    std::string_view chat_id{};
    std::uint64_t chat_seq = 0; // of the message
    std::string_view sender_id{};
    std::string_view recipient_id{}; // direct message; empty: none
    std::string_view room_id{};      // room message; empty: none
    std::string_view content{};      // edit; empty: none
    std::optional<std::int64_t> edited_at{};
    bool deleted = false;
    std::optional<std::int64_t> deleted_at{};
    std::string_view by{}; // who did it
    std::int64_t server_ts = 0;
    bool is_replay = false;

    using fields =
        field::table<field::required<"seq", &message_mutation::seq, field::natural>,
                     field::required<"action", &message_mutation::action, mutation_word>,
                     field::required<"messageId", &message_mutation::message_id, field::uuid>,
                     field::required<"chatId", &message_mutation::chat_id, field::text<>>,
                     field::required<"chatSeq", &message_mutation::chat_seq, field::natural>,
                     field::required<"senderId", &message_mutation::sender_id, field::id>,
                     field::optional<"recipientId", &message_mutation::recipient_id, field::id>,
                     field::optional<"roomId", &message_mutation::room_id, field::id>,
                     field::optional<"content", &message_mutation::content, field::text<>>,
                     field::required<"editedAt", &message_mutation::edited_at, field::or_null<field::timestamp_ms>>,
                     field::required<"deleted", &message_mutation::deleted, field::boolean>,
                     field::required<"deletedAt", &message_mutation::deleted_at, field::or_null<field::timestamp_ms>>,
                     field::required<"by", &message_mutation::by, field::id>,
                     field::required<"serverTs", &message_mutation::server_ts, field::timestamp_ms>,
                     field::when<"isReplay", &message_mutation::is_replay>>;
};

// The entries from_seq..seq have nothing to show.
struct event_skip {
    static constexpr std::string_view type = "EVENT_SKIP";
    static constexpr auto delivery = frame_class::event;

    std::uint64_t seq = 0;
    std::uint64_t from_seq = 0;
    bool is_replay = false;

    using fields = field::table<field::required<"seq", &event_skip::seq, field::natural>,
                                field::required<"fromSeq", &event_skip::from_seq, field::natural>,
                                field::when<"isReplay", &event_skip::is_replay>>;
};

} // namespace wsd::from_server
