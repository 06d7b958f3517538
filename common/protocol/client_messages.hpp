#pragma once

#include "common/base/ids.hpp"
#include "common/protocol/field_table.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Frames that clients send about direct messages and about messages they got. A messageId is any `id` here: whether it
// names a message is for the handler to find out.
namespace wsd::from_client {

struct message_send {
    static constexpr std::string_view type = "MESSAGE_SEND";

    wsd::user_id recipient_id{};
    std::string content{};
    std::string client_message_id{}; // empty: none

    using fields = field::table<
        field::required<"recipientId", &message_send::recipient_id, field::id>,
        field::required<"content", &message_send::content, field::limited_text<1, &decode_limits::content_length>>,
        field::optional<"clientMessageId", &message_send::client_message_id, field::tag<>>, field::absent<"roomId">,
        field::absent<"groupId">, field::absent<"roomChatId">>;
};

// Confirms delivery of one message, or of everything up to a seq.
struct message_ack {
    static constexpr std::string_view type = "MESSAGE_ACK";

    std::string message_id{}; // empty: then up_to is given
    std::optional<std::uint64_t> up_to{};

    using fields = field::table<field::optional<"messageId", &message_ack::message_id, field::id>,
                                field::optional<"upTo", &message_ack::up_to, field::natural>>;

    [[nodiscard]] constexpr std::string_view broken_rule() const noexcept {
        return message_id.empty() == up_to.has_value() ? "" : "messageId, upTo: exactly one of them is required";
    }
};

struct message_delivered_confirm {
    static constexpr std::string_view type = "MESSAGE_DELIVERED_CONFIRM";

    std::string message_id{};

    using fields = field::table<field::required<"messageId", &message_delivered_confirm::message_id, field::id>>;
};

struct message_read {
    static constexpr std::string_view type = "MESSAGE_READ";

    std::string message_id{};

    using fields = field::table<field::required<"messageId", &message_read::message_id, field::id>>;
};

struct message_read_confirm {
    static constexpr std::string_view type = "MESSAGE_READ_CONFIRM";

    std::string message_id{};

    using fields = field::table<field::required<"messageId", &message_read_confirm::message_id, field::id>>;
};

struct client_ack {
    static constexpr std::string_view type = "CLIENT_ACK";

    std::string message_id{};
    std::string ack_type{}; // any text, empty: none. Another than `delivered` and `read` is INVALID_ACK_TYPE

    using fields = field::table<field::required<"messageId", &client_ack::message_id, field::id>,
                                field::optional<"ackType", &client_ack::ack_type, field::text<>>>;
};

struct message_edit {
    static constexpr std::string_view type = "MESSAGE_EDIT";

    std::string message_id{};
    std::string content{};

    using fields = field::table<
        field::required<"messageId", &message_edit::message_id, field::id>,
        field::required<"content", &message_edit::content, field::limited_text<1, &decode_limits::content_length>>>;
};

struct message_delete {
    static constexpr std::string_view type = "MESSAGE_DELETE";

    std::string message_id{};

    using fields = field::table<field::required<"messageId", &message_delete::message_id, field::id>>;
};

} // namespace wsd::from_client
