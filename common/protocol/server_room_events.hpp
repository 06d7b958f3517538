#pragma once

#include "common/protocol/server_rooms.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

// What members of a room are told about it.
namespace wsd::from_server {

// What changed. The inner optional of the URL is empty for null: the picture was removed.
struct room_patch {
    std::optional<std::string_view> name{};
    std::optional<std::optional<std::string_view>> thumbnail_url{};
    std::optional<std::string_view> join_policy{};

    using fields = field::table<field::optional<"name", &room_patch::name, field::text<>>,
                                field::optional<"thumbnailUrl", &room_patch::thumbnail_url, nullable_text>,
                                field::optional<"joinPolicy", &room_patch::join_policy, field::text<>>>;
};

// A reply, or state for the other members.
struct room_updated {
    static constexpr std::string_view type = "ROOM_UPDATED";
    static constexpr auto delivery = frame_class::state;

    std::optional<std::string_view> correlation_id{}; // of the reply
    std::string_view room_id{};
    room_patch patch{};
    std::uint64_t version = 0;
    std::int64_t updated_at = 0;

    using self = room_updated;
    using fields = field::table<field::optional<"correlationId", &self::correlation_id, correlation_text>,
                                field::required<"roomId", &self::room_id, field::id>,
                                field::required<"patch", &self::patch, field::object>,
                                field::required<"version", &self::version, field::natural>,
                                field::required<"updatedAt", &self::updated_at, field::timestamp_ms>>;
};

// A reply, or state for the other members.
struct room_members_updated {
    static constexpr std::string_view type = "ROOM_MEMBERS_UPDATED";
    static constexpr auto delivery = frame_class::state;

    std::optional<std::string_view> correlation_id{}; // of the reply
    std::string_view room_id{};
    std::vector<std::string_view> members{}; // at most 1000
    member_roles roles{};
    std::uint64_t member_count = 0;
    bool truncated = false;
    std::string_view name{};
    std::optional<std::string_view> thumbnail_url{};
    std::uint64_t version = 0;
    std::int64_t updated_at = 0;

    using self = room_members_updated;
    using fields =
        field::table<field::optional<"correlationId", &self::correlation_id, correlation_text>,
                     field::required<"roomId", &self::room_id, field::id>,
                     field::required<"members", &self::members, room_user_list>,
                     field::required<"roles", &self::roles, member_roles_map>,
                     field::required<"memberCount", &self::member_count, field::natural>,
                     field::when<"truncated", &self::truncated>, field::required<"name", &self::name, field::text<>>,
                     field::required<"thumbnailUrl", &self::thumbnail_url, nullable_text>,
                     field::required<"version", &self::version, field::natural>,
                     field::required<"updatedAt", &self::updated_at, field::timestamp_ms>>;
};

// The reply; other members get room_deleted_event.
struct room_deleted {
    static constexpr std::string_view type = "ROOM_DELETED";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    std::string_view room_id{};
    std::int64_t timestamp = 0;

    using self = room_deleted;
    using fields = field::table<field::optional<"correlationId", &self::correlation_id, correlation_text>,
                                field::absent<"seq">, field::required<"roomId", &self::room_id, field::id>,
                                field::required<"timestamp", &self::timestamp, field::timestamp_ms>>;
};

struct room_deleted_event {
    static constexpr std::string_view type = "ROOM_DELETED";
    static constexpr auto delivery = frame_class::event;

    std::uint64_t seq = 0;
    std::string_view room_id{};
    std::string_view by{};
    std::int64_t timestamp = 0;
    bool is_replay = false;

    using self = room_deleted_event;
    using fields =
        field::table<field::required<"seq", &self::seq, field::natural>,
                     field::required<"roomId", &self::room_id, field::id>, field::required<"by", &self::by, field::id>,
                     field::required<"timestamp", &self::timestamp, field::timestamp_ms>,
                     field::when<"isReplay", &self::is_replay>>;
};

struct room_member_joined {
    static constexpr std::string_view type = "ROOM_MEMBER_JOINED";
    static constexpr auto delivery = frame_class::event;

    std::uint64_t seq = 0;
    std::string_view room_id{};
    std::string_view user_id{};
    std::string_view reason{};
    std::string_view by{}; // who acted
    std::int64_t timestamp = 0;
    bool is_replay = false;

    using self = room_member_joined;
    using fields = field::table<
        field::required<"seq", &self::seq, field::natural>, field::required<"roomId", &self::room_id, field::id>,
        field::required<"userId", &self::user_id, field::id>,
        field::required<"reason", &self::reason, field::word<"created", "joined", "added">>,
        field::required<"by", &self::by, field::id>,
        field::required<"timestamp", &self::timestamp, field::timestamp_ms>, field::when<"isReplay", &self::is_replay>>;
};

struct room_member_left {
    static constexpr std::string_view type = "ROOM_MEMBER_LEFT";
    static constexpr auto delivery = frame_class::event;

    std::uint64_t seq = 0;
    std::string_view room_id{};
    std::string_view user_id{};
    std::string_view reason{};
    std::string_view by{}; // who acted
    std::int64_t timestamp = 0;
    bool is_replay = false;

    using self = room_member_left;
    using fields = field::table<
        field::required<"seq", &self::seq, field::natural>, field::required<"roomId", &self::room_id, field::id>,
        field::required<"userId", &self::user_id, field::id>,
        field::required<"reason", &self::reason, field::word<"left", "removed", "disconnect">>,
        field::required<"by", &self::by, field::id>,
        field::required<"timestamp", &self::timestamp, field::timestamp_ms>, field::when<"isReplay", &self::is_replay>>;
};

} // namespace wsd::from_server
