#pragma once

#include "common/protocol/server_objects.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

// Server frames of replays and of history.
namespace wsd::from_server {

struct resync_start {
    static constexpr std::string_view type = "RESYNC_START";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    std::string_view mode{};
    std::string_view epoch{};
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::uint64_t count = 0;
    std::vector<gap> gaps{};   // mode partial
    std::string_view reason{}; // modes partial and snapshot; empty: none
    // By clientMessageId, empty value: not stored. Given when the request named pending ids, even none of them.
    std::optional<std::vector<std::pair<std::string_view, std::optional<pending_message>>>> pending_status{};

    using reason_word = field::word<"EPOCH_CHANGED", "UNKNOWN_MESSAGE_ID", "CURSOR_AHEAD", "TOO_FAR", "CURSOR_EXPIRED">;
    using fields =
        field::table<field::optional<"correlationId", &resync_start::correlation_id, correlation_text>,
                     field::required<"mode", &resync_start::mode, field::word<"exact", "partial", "snapshot">>,
                     field::required<"epoch", &resync_start::epoch, field::text<1, 64>>,
                     field::required<"from", &resync_start::from, field::natural>,
                     field::required<"to", &resync_start::to, field::natural>,
                     field::required<"count", &resync_start::count, field::natural>,
                     field::optional<"gaps", &resync_start::gaps, field::list<field::object>>,
                     field::optional<"reason", &resync_start::reason, reason_word>,
                     field::optional<"pendingStatus", &resync_start::pending_status,
                                     field::map<field::tag<>, field::or_null<field::object>>>>;
};

struct snapshot {
    static constexpr std::string_view type = "SNAPSHOT";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    std::vector<conversation> conversations{}; // newest first
    bool more = false;                         // another SNAPSHOT follows

    using fields = field::table<field::optional<"correlationId", &snapshot::correlation_id, correlation_text>,
                                field::required<"conversations", &snapshot::conversations, field::list<field::object>>,
                                field::required<"more", &snapshot::more, field::boolean>>;
};

struct resync_complete {
    static constexpr std::string_view type = "RESYNC_COMPLETE";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    std::uint64_t message_count = 0; // MESSAGE_RECEIVE and ROOM_MESSAGE frames replayed
    std::uint64_t up_to = 0;
    bool complete = false;

    using fields = field::table<field::optional<"correlationId", &resync_complete::correlation_id, correlation_text>,
                                field::required<"messageCount", &resync_complete::message_count, field::natural>,
                                field::required<"upTo", &resync_complete::up_to, field::natural>,
                                field::required<"complete", &resync_complete::complete, field::boolean>>;
};

struct rooms_snapshot {
    static constexpr std::string_view type = "ROOMS_SNAPSHOT";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    std::vector<room_summary> rooms{};
    std::int64_t timestamp = 0;

    using fields = field::table<field::optional<"correlationId", &rooms_snapshot::correlation_id, correlation_text>,
                                field::required<"rooms", &rooms_snapshot::rooms, field::list<field::object>>,
                                field::required<"timestamp", &rooms_snapshot::timestamp, field::timestamp_ms>>;
};

struct message_replay_complete {
    static constexpr std::string_view type = "MESSAGE_REPLAY_COMPLETE";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    std::uint64_t message_count = 0;
    std::optional<wsd::message_id> last_message_id{};  // of the last message replayed
    std::optional<std::string_view> requested_after{}; // the cursor
    std::uint64_t up_to = 0;
    bool complete = false;
    std::vector<gap> gaps{};

    using self = message_replay_complete;
    using fields =
        field::table<field::optional<"correlationId", &self::correlation_id, correlation_text>,
                     field::required<"messageCount", &self::message_count, field::natural>,
                     field::required<"lastMessageId", &self::last_message_id, field::or_null<field::uuid>>,
                     field::required<"requestedAfter", &self::requested_after, field::or_null<field::text<>>>,
                     field::required<"upTo", &self::up_to, field::natural>,
                     field::required<"complete", &self::complete, field::boolean>,
                     field::optional<"gaps", &self::gaps, field::list<field::object>>>;
};

struct presence_object {
    std::string_view status{};
    std::optional<std::int64_t> last_seen{};

    using fields = field::table<field::required<"status", &presence_object::status, field::text<>>,
                                field::required<"lastSeen", &presence_object::last_seen, nullable_time>,
                                field::constant<"metadata", "{}">>;
};

struct state_sync_response {
    static constexpr std::string_view type = "STATE_SYNC_RESPONSE";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    presence_object presence{};
    std::uint64_t undelivered_count = 0;
    bool has_more_messages = false;
    std::vector<wsd::message_id> delivered_message_ids{};
    std::uint64_t delivered_count = 0;
    std::vector<wsd::message_id> read_message_ids{};
    std::uint64_t read_count = 0;
    std::string_view epoch{};
    std::uint64_t head = 0;
    std::uint64_t floor = 1;
    std::int64_t timestamp = 0;

    using self = state_sync_response;
    using message_ids = field::list<field::uuid, 0, 1000>;
    using fields = field::table<field::optional<"correlationId", &self::correlation_id, correlation_text>,
                                field::required<"presence", &self::presence, field::object>,
                                field::required<"undeliveredCount", &self::undelivered_count, field::natural>,
                                field::required<"hasMoreMessages", &self::has_more_messages, field::boolean>,
                                field::required<"deliveredMessageIds", &self::delivered_message_ids, message_ids>,
                                field::required<"deliveredCount", &self::delivered_count, field::natural>,
                                field::required<"readMessageIds", &self::read_message_ids, message_ids>,
                                field::required<"readCount", &self::read_count, field::natural>,
                                field::required<"epoch", &self::epoch, field::text<1, 64>>,
                                field::required<"head", &self::head, field::natural>,
                                field::required<"floor", &self::floor, field::natural>,
                                field::required<"timestamp", &self::timestamp, field::timestamp_ms>>;
};

struct history_response {
    static constexpr std::string_view type = "HISTORY_RESPONSE";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    std::string_view chat_id{};
    std::vector<message_object> messages{}; // ascending
    bool has_more = false;

    using fields = field::table<field::optional<"correlationId", &history_response::correlation_id, correlation_text>,
                                field::required<"chatId", &history_response::chat_id, field::text<>>,
                                field::required<"messages", &history_response::messages, field::list<field::object>>,
                                field::required<"hasMore", &history_response::has_more, field::boolean>>;
};

} // namespace wsd::from_server
