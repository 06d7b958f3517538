#pragma once

#include "common/protocol/server_events.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

// Answers to MESSAGE_SEND, MESSAGE_EDIT and MESSAGE_DELETE; MESSAGE_NACK is among the error frames.
namespace wsd::from_server {

// `message` in the acknowledgement of a send.
struct stored_message {
    wsd::message_id id{};
    std::string_view sender_id{};
    std::string_view recipient_id{};
    std::string_view content{};
    std::int64_t created_at = 0;
    std::string_view state = "sent";

    using fields = field::table<field::required<"id", &stored_message::id, field::uuid>,
                                field::required<"senderId", &stored_message::sender_id, field::id>,
                                field::required<"recipientId", &stored_message::recipient_id, field::id>,
                                field::required<"content", &stored_message::content, field::text<>>,
                                field::required<"createdAt", &stored_message::created_at, field::timestamp_ms>,
                                field::required<"state", &stored_message::state, message_state_word>>;
};

// MESSAGE_ACK form A: MESSAGE_SEND was committed.
struct message_ack {
    static constexpr std::string_view type = "MESSAGE_ACK";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    wsd::message_id message_id{};
    std::string_view client_message_id{}; // empty: none
    std::string_view chat_id{};
    std::uint64_t seq = 0; // in the sender's log
    std::uint64_t chat_seq = 0;
    std::string_view recipient_id{};
    std::string_view state = "sent";
    std::string_view durability{};
    bool duplicate = false; // stored earlier under the same clientMessageId
    std::int64_t server_ts = 0;
    std::int64_t timestamp = 0; // of the message
    stored_message message{};

    using fields = field::table<
        field::optional<"correlationId", &message_ack::correlation_id, correlation_text>,
        field::required<"messageId", &message_ack::message_id, field::uuid>,
        field::optional<"clientMessageId", &message_ack::client_message_id, field::tag<>>,
        field::again<"clientMessageId", field::optional<"clientMsgId", &message_ack::client_message_id, field::tag<>>>,
        field::required<"chatId", &message_ack::chat_id, field::text<>>,
        field::required<"seq", &message_ack::seq, field::natural>,
        field::required<"chatSeq", &message_ack::chat_seq, field::natural>,
        field::required<"recipientId", &message_ack::recipient_id, field::id>,
        field::constant<"status", "\"PERSISTED\"">, field::required<"state", &message_ack::state, message_state_word>,
        field::required<"durability", &message_ack::durability, durability_word>,
        field::when<"duplicate", &message_ack::duplicate>,
        field::required<"serverTs", &message_ack::server_ts, field::timestamp_ms>,
        field::required<"timestamp", &message_ack::timestamp, field::timestamp_ms>,
        field::required<"message", &message_ack::message, field::object>>;
};

// Answers MESSAGE_EDIT and MESSAGE_DELETE.
struct message_mutation_ack {
    static constexpr std::string_view type = "MESSAGE_MUTATION_ACK";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    std::string_view action{};
    wsd::message_id message_id{};
    std::int64_t server_ts = 0;
    std::optional<std::int64_t> edited_at{};
    std::optional<std::int64_t> deleted_at{};

    using fields =
        field::table<field::optional<"correlationId", &message_mutation_ack::correlation_id, correlation_text>,
                     field::required<"action", &message_mutation_ack::action, mutation_word>,
                     field::required<"messageId", &message_mutation_ack::message_id, field::uuid>,
                     field::constant<"success", "true">,
                     field::required<"serverTs", &message_mutation_ack::server_ts, field::timestamp_ms>,
                     field::optional<"editedAt", &message_mutation_ack::edited_at, field::timestamp_ms>,
                     field::optional<"deletedAt", &message_mutation_ack::deleted_at, field::timestamp_ms>>;
};

// The same, refused. The messageId is the echo in error_part.
struct message_mutation_nack {
    static constexpr std::string_view type = "MESSAGE_MUTATION_ACK";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    std::string_view action{};
    error_fields error_part{};
    std::int64_t server_ts = 0;

    using fields =
        field::table<field::optional<"correlationId", &message_mutation_nack::correlation_id, correlation_text>,
                     field::required<"action", &message_mutation_nack::action, mutation_word>,
                     field::constant<"success", "false">, field::part<&message_mutation_nack::error_part>,
                     field::required<"serverTs", &message_mutation_nack::server_ts, field::timestamp_ms>>;
};

} // namespace wsd::from_server
