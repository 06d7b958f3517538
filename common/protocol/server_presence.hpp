#pragma once

#include "common/protocol/server_objects.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

// Server frames about who is there and who is typing.
namespace wsd::from_server {

using presence_word = field::word<"online", "offline">;

// A user in the snapshot: it is online.
struct present_user {
    std::optional<std::int64_t> last_seen{};

    using fields = field::table<field::constant<"status", "\"online\"">,
                                field::required<"lastSeen", &present_user::last_seen, nullable_time>>;
};

struct presence_snapshot {
    static constexpr std::string_view type = "PRESENCE_SNAPSHOT";
    static constexpr auto delivery = frame_class::state;

    std::vector<std::pair<std::string_view, present_user>> users{}; // by user id, without repetition
    std::int64_t timestamp = 0;
    bool truncated = false;

    using fields =
        field::table<field::required<"users", &presence_snapshot::users, field::map<field::id, field::object>>,
                     field::required<"timestamp", &presence_snapshot::timestamp, field::timestamp_ms>,
                     field::when<"truncated", &presence_snapshot::truncated>>;
};

struct presence_change {
    std::string_view user_id{};
    std::string_view status{};
    std::string_view previous_status{};
    std::int64_t last_seen = 0;
    std::int64_t timestamp = 0;

    using fields = field::table<field::required<"userId", &presence_change::user_id, field::id>,
                                field::required<"status", &presence_change::status, presence_word>,
                                field::required<"previousStatus", &presence_change::previous_status, presence_word>,
                                field::required<"lastSeen", &presence_change::last_seen, field::timestamp_ms>,
                                field::required<"timestamp", &presence_change::timestamp, field::timestamp_ms>>;
};

struct presence_update {
    static constexpr std::string_view type = "PRESENCE_UPDATE";
    static constexpr auto delivery = frame_class::ephemeral;

    presence_change change{};

    using fields = field::table<field::part<&presence_update::change>>;
};

struct presence_batch {
    static constexpr std::string_view type = "PRESENCE_BATCH";
    static constexpr auto delivery = frame_class::ephemeral;

    std::vector<presence_change> updates{};
    std::int64_t timestamp = 0;

    using fields = field::table<field::required<"updates", &presence_batch::updates, field::list<field::object>>,
                                field::required<"timestamp", &presence_batch::timestamp, field::timestamp_ms>>;
};

struct presence_pong {
    static constexpr std::string_view type = "PRESENCE_PONG";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    std::string_view user_id{};
    std::string_view status{};
    std::int64_t timestamp = 0;

    using status_word = field::word<"online", "away", "busy", "offline">;
    using fields = field::table<field::optional<"correlationId", &presence_pong::correlation_id, correlation_text>,
                                field::required<"userId", &presence_pong::user_id, field::id>,
                                field::required<"status", &presence_pong::status, status_word>,
                                field::required<"timestamp", &presence_pong::timestamp, field::timestamp_ms>>;
};

struct typing_start {
    static constexpr std::string_view type = "TYPING_START";
    static constexpr auto delivery = frame_class::ephemeral;

    std::string_view user_id{};        // who types
    std::string_view target_user_id{}; // to whom; empty: in a room
    std::string_view room_id{};        // where; empty: to a user
    std::int64_t timestamp = 0;

    using fields = field::table<field::required<"userId", &typing_start::user_id, field::id>,
                                field::optional<"targetUserId", &typing_start::target_user_id, field::id>,
                                field::optional<"roomId", &typing_start::room_id, field::id>,
                                field::required<"timestamp", &typing_start::timestamp, field::timestamp_ms>>;
};

struct typing_stop {
    static constexpr std::string_view type = "TYPING_STOP";
    static constexpr auto delivery = frame_class::ephemeral;

    std::string_view user_id{};
    std::string_view target_user_id{};
    std::string_view room_id{};
    std::int64_t timestamp = 0;

    using fields = field::table<field::required<"userId", &typing_stop::user_id, field::id>,
                                field::optional<"targetUserId", &typing_stop::target_user_id, field::id>,
                                field::optional<"roomId", &typing_stop::room_id, field::id>,
                                field::required<"timestamp", &typing_stop::timestamp, field::timestamp_ms>>;
};

} // namespace wsd::from_server
