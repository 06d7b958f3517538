#pragma once

#include "common/protocol/server_messages.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

// Server frames about the state of messages.
namespace wsd::from_server {

// MESSAGE_ACK form B: answers a receipt for one message, or for all up to a seq.
struct receipt_ack {
    static constexpr std::string_view type = "MESSAGE_ACK";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    std::optional<wsd::message_id> message_id{}; // this
    std::optional<std::uint64_t> up_to{};        // or this
    std::string_view state{};
    bool already_in_state = false;
    std::int64_t timestamp = 0;

    using fields =
        field::table<field::optional<"correlationId", &receipt_ack::correlation_id, correlation_text>,
                     field::optional<"messageId", &receipt_ack::message_id, field::uuid>,
                     field::optional<"upTo", &receipt_ack::up_to, field::natural>,
                     field::required<"state", &receipt_ack::state, message_state_word>,
                     field::constant<"success", "true">, field::when<"alreadyInState", &receipt_ack::already_in_state>,
                     field::required<"timestamp", &receipt_ack::timestamp, field::timestamp_ms>>;

    [[nodiscard]] constexpr std::string_view broken_rule() const noexcept {
        return message_id.has_value() != up_to.has_value() ? "" : "messageId, upTo: exactly one of them is required";
    }
};

// MESSAGE_ACK form C: tells the sender of a direct message that it was delivered.
struct delivered_notice {
    static constexpr std::string_view type = "MESSAGE_ACK";
    static constexpr auto delivery = frame_class::state;

    wsd::message_id message_id{};
    std::int64_t timestamp = 0;

    using fields = field::table<field::required<"messageId", &delivered_notice::message_id, field::uuid>,
                                field::constant<"state", "\"delivered\"">,
                                field::required<"timestamp", &delivered_notice::timestamp, field::timestamp_ms>,
                                field::constant<"roomId", "null">, field::constant<"roomMessageId", "null">>;
};

// Tells the sender of a direct message that it was read.
struct message_read {
    static constexpr std::string_view type = "MESSAGE_READ";
    static constexpr auto delivery = frame_class::state;

    wsd::message_id message_id{};
    std::int64_t timestamp = 0;

    using fields = field::table<field::required<"messageId", &message_read::message_id, field::uuid>,
                                field::constant<"state", "\"read\"">,
                                field::required<"timestamp", &message_read::timestamp, field::timestamp_ms>,
                                field::constant<"roomId", "null">, field::constant<"roomMessageId", "null">>;
};

struct message_state_update {
    static constexpr std::string_view type = "MESSAGE_STATE_UPDATE";
    static constexpr auto delivery = frame_class::state;

    wsd::message_id message_id{};
    std::string_view state{};
    std::int64_t timestamp = 0;

    using fields =
        field::table<field::required<"messageId", &message_state_update::message_id, field::uuid>,
                     field::required<"state", &message_state_update::state, field::word<"delivered", "read">>,
                     field::required<"timestamp", &message_state_update::timestamp, field::timestamp_ms>,
                     field::constant<"roomId", "null">, field::constant<"roomMessageId", "null">>;
};

struct delivery_status {
    static constexpr std::string_view type = "DELIVERY_STATUS";
    static constexpr auto delivery = frame_class::state;

    wsd::message_id message_id{};
    std::string_view recipient_id{};
    std::string_view status{};
    std::int64_t ts = 0;

    using fields =
        field::table<field::required<"messageId", &delivery_status::message_id, field::uuid>,
                     field::required<"recipientId", &delivery_status::recipient_id, field::id>,
                     field::required<"status", &delivery_status::status, field::word<"DELIVERED", "RECIPIENT_OFFLINE">>,
                     field::required<"ts", &delivery_status::ts, field::timestamp_ms>>;
};

// Tells a user's other connections how far it has read.
struct read_state {
    static constexpr std::string_view type = "READ_STATE";
    static constexpr auto delivery = frame_class::state;

    std::string_view chat_id{};
    std::uint64_t read_chat_seq = 0;
    std::int64_t timestamp = 0;

    using fields = field::table<field::required<"chatId", &read_state::chat_id, field::text<>>,
                                field::required<"readChatSeq", &read_state::read_chat_seq, field::natural>,
                                field::required<"timestamp", &read_state::timestamp, field::timestamp_ms>>;
};

// Answers CLIENT_ACK.
struct ack_response {
    static constexpr std::string_view type = "ACK_RESPONSE";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    wsd::message_id message_id{};
    std::string_view state{};
    bool already_in_state = false;
    std::int64_t timestamp = 0;

    using fields = field::table<field::optional<"correlationId", &ack_response::correlation_id, correlation_text>,
                                field::required<"messageId", &ack_response::message_id, field::uuid>,
                                field::required<"state", &ack_response::state, message_state_word>,
                                field::constant<"success", "true">,
                                field::required<"alreadyInState", &ack_response::already_in_state, field::boolean>,
                                field::required<"timestamp", &ack_response::timestamp, field::timestamp_ms>>;
};

} // namespace wsd::from_server
