#pragma once

#include "common/protocol/server_objects.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

// Answers to the frames about rooms, and the room's state. What is told to logs is in server_room_events.hpp.
namespace wsd::from_server {

using nullable_text = field::or_null<field::text<>>;
using member_roles = std::vector<std::pair<std::string_view, std::string_view>>; // (user, role)
using member_roles_map = field::map<field::id, member_role_word>;
using room_user_list = field::list<field::id, 0, 1000>;

struct room_info {
    std::string_view room_id{};
    std::string_view name{};
    std::optional<std::string_view> thumbnail_url{};
    std::string_view join_policy{};
    std::int64_t created_at = 0;
    std::string_view created_by{};
    std::uint64_t member_count = 0;
    std::uint64_t version = 0;
    std::int64_t updated_at = 0;

    using fields = field::table<field::required<"roomId", &room_info::room_id, field::id>,
                                field::required<"name", &room_info::name, field::text<>>,
                                field::required<"thumbnailUrl", &room_info::thumbnail_url, nullable_text>,
                                field::required<"joinPolicy", &room_info::join_policy, field::text<>>,
                                field::required<"createdAt", &room_info::created_at, field::timestamp_ms>,
                                field::required<"createdBy", &room_info::created_by, field::id>,
                                field::required<"memberCount", &room_info::member_count, field::natural>,
                                field::required<"version", &room_info::version, field::natural>,
                                field::required<"updatedAt", &room_info::updated_at, field::timestamp_ms>>;
};

struct room_meta {
    std::string_view name{};
    std::optional<std::string_view> thumbnail_url{};
    std::string_view join_policy{};
    std::int64_t created_at = 0;
    std::string_view created_by{};

    using fields = field::table<field::required<"name", &room_meta::name, field::text<>>,
                                field::required<"thumbnailUrl", &room_meta::thumbnail_url, nullable_text>,
                                field::required<"joinPolicy", &room_meta::join_policy, field::text<>>,
                                field::required<"createdAt", &room_meta::created_at, field::timestamp_ms>,
                                field::required<"createdBy", &room_meta::created_by, field::id>>;
};

// `members` and `roles` list at most 1000; `member_count` is the true number.
struct room_snapshot {
    std::string_view id{};
    room_meta meta{};
    std::uint64_t version = 0;
    std::int64_t updated_at = 0;
    std::uint64_t member_count = 0;
    std::vector<std::string_view> members{};
    member_roles roles{};
    bool truncated = false;

    using fields = field::table<field::required<"id", &room_snapshot::id, field::id>,
                                field::required<"meta", &room_snapshot::meta, field::object>,
                                field::required<"version", &room_snapshot::version, field::natural>,
                                field::required<"updatedAt", &room_snapshot::updated_at, field::timestamp_ms>,
                                field::required<"memberCount", &room_snapshot::member_count, field::natural>,
                                field::required<"members", &room_snapshot::members, room_user_list>,
                                field::required<"roles", &room_snapshot::roles, member_roles_map>,
                                field::when<"truncated", &room_snapshot::truncated>>;
};

// Answers ROOM_CREATE, ROOM_INFO and ROOM_MEMBERS.
struct room_created {
    static constexpr std::string_view type = "ROOM_CREATED";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    room_snapshot room{};

    using fields = field::table<field::optional<"correlationId", &room_created::correlation_id, correlation_text>,
                                field::required<"room", &room_created::room, field::object>>;
};

struct room_join_response {
    static constexpr std::string_view type = "ROOM_JOIN_RESPONSE";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    std::string_view room_id{};
    from_server::room_info room_info{};
    std::vector<std::string_view> members{};
    bool already_member = false;
    std::int64_t timestamp = 0;

    using self = room_join_response;
    using fields =
        field::table<field::optional<"correlationId", &self::correlation_id, correlation_text>,
                     field::constant<"success", "true">, field::required<"roomId", &self::room_id, field::id>,
                     field::required<"roomInfo", &self::room_info, field::object>,
                     field::required<"members", &self::members, room_user_list>,
                     field::required<"alreadyMember", &self::already_member, field::boolean>,
                     field::required<"timestamp", &self::timestamp, field::timestamp_ms>>;
};

struct room_leave_response {
    static constexpr std::string_view type = "ROOM_LEAVE_RESPONSE";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    std::string_view room_id{};
    std::int64_t timestamp = 0;

    using self = room_leave_response;
    using fields =
        field::table<field::optional<"correlationId", &self::correlation_id, correlation_text>,
                     field::constant<"success", "true">, field::required<"roomId", &self::room_id, field::id>,
                     field::required<"timestamp", &self::timestamp, field::timestamp_ms>>;
};

// Answers ROOM_LIST; `room` is room_summary, or room_info when all rooms were asked for.
template <class Room> struct room_list_response_of {
    static constexpr std::string_view type = "ROOM_LIST_RESPONSE";
    static constexpr auto delivery = frame_class::reply;

    std::optional<std::string_view> correlation_id{};
    std::vector<Room> rooms{}; // newest first, at most 1000
    std::uint64_t count = 0;   // rooms.size()
    bool has_more = false;
    std::int64_t timestamp = 0;

    using self = room_list_response_of;
    using fields = field::table<field::optional<"correlationId", &self::correlation_id, correlation_text>,
                                field::constant<"success", "true">,
                                field::required<"rooms", &self::rooms, field::list<field::object, 0, 1000>>,
                                field::required<"count", &self::count, field::natural>,
                                field::required<"hasMore", &self::has_more, field::boolean>,
                                field::required<"timestamp", &self::timestamp, field::timestamp_ms>>;
};
using room_list_response = room_list_response_of<room_summary>;
using room_list_all_response = room_list_response_of<room_info>;

} // namespace wsd::from_server
