#pragma once

#include "common/protocol/server_messages.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

// Answers to ROOM_MESSAGE, and what its author learns later.
namespace wsd::from_server {

// Answers ROOM_MESSAGE: it was committed.
struct room_message_response {
    static constexpr std::string_view type = "ROOM_MESSAGE_RESPONSE";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    std::string_view room_id{};
    wsd::message_id message_id{};
    std::string_view chat_id{};
    std::uint64_t seq = 0; // in the sender's log
    std::uint64_t chat_seq = 0;
    std::uint64_t member_count = 0;
    std::string_view durability{};
    std::int64_t timestamp = 0;
    bool duplicate = false;               // stored earlier under the same clientMessageId
    std::string_view client_message_id{}; // empty: none

    using self = room_message_response;
    using fields = field::table<
        field::optional<"correlationId", &self::correlation_id, correlation_text>, field::constant<"success", "true">,
        field::required<"roomId", &self::room_id, field::id>,
        field::required<"messageId", &self::message_id, field::uuid>,
        field::again<"messageId", field::required<"roomMessageId", &self::message_id, field::uuid>>,
        field::required<"chatId", &self::chat_id, field::text<>>, field::required<"seq", &self::seq, field::natural>,
        field::required<"chatSeq", &self::chat_seq, field::natural>,
        field::required<"memberCount", &self::member_count, field::natural>,
        field::required<"durability", &self::durability, durability_word>,
        field::required<"timestamp", &self::timestamp, field::timestamp_ms>, field::when<"duplicate", &self::duplicate>,
        field::optional<"clientMessageId", &self::client_message_id, field::tag<>>>;
};

// The same, refused.
struct room_message_refused {
    static constexpr std::string_view type = "ROOM_MESSAGE_RESPONSE";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    error_fields error_part{};

    using self = room_message_refused;
    using fields = field::table<field::optional<"correlationId", &self::correlation_id, correlation_text>,
                                field::constant<"success", "false">, field::part<&self::error_part>>;
};

// To the author of a room message: how many members have it.
struct room_delivery_update {
    static constexpr std::string_view type = "ROOM_DELIVERY_UPDATE";
    static constexpr auto delivery = frame_class::state;

    std::string_view room_id{};
    wsd::message_id room_message_id{};
    std::uint64_t delivered_count = 0;
    std::uint64_t read_count = 0;
    std::uint64_t total_count = 0;

    using self = room_delivery_update;
    using fields = field::table<field::required<"roomId", &self::room_id, field::id>,
                                field::required<"roomMessageId", &self::room_message_id, field::uuid>,
                                field::required<"deliveredCount", &self::delivered_count, field::natural>,
                                field::required<"readCount", &self::read_count, field::natural>,
                                field::required<"totalCount", &self::total_count, field::natural>>;
};

} // namespace wsd::from_server
