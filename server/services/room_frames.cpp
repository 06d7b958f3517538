#include "server/services/room_frames.hpp"

namespace wsd {
namespace {

std::optional<std::string_view> url_of(const std::string& url) {
    if (url.empty()) return std::nullopt;
    return url;
}

void list_members(const room_view& room, std::vector<std::string_view>& members, from_server::member_roles& roles) {
    members.reserve(room.members.size());
    roles.reserve(room.members.size());
    for (const auto& [user, role] : room.members) {
        members.push_back(user.view());
        roles.emplace_back(user.view(), role_text(role));
    }
}

} // namespace

std::string_view role_text(room_role role) noexcept {
    switch (role) {
    case room_role::owner:
        return "OWNER";
    case room_role::admin:
        return "ADMIN";
    default:
        return "MEMBER";
    }
}

std::string_view policy_text(join_policy policy) noexcept { return policy == join_policy::invite ? "invite" : "open"; }

join_policy read_policy(std::string_view word) noexcept {
    return word == "invite" ? join_policy::invite : join_policy::open;
}

from_server::room_info info_of(const room_head& head) {
    return {.room_id = head.id.view(),
            .name = head.name,
            .thumbnail_url = url_of(head.thumbnail_url),
            .join_policy = policy_text(head.policy),
            .created_at = head.created_at,
            .created_by = head.created_by.view(),
            .member_count = head.member_count,
            .version = head.version,
            .updated_at = head.updated_at};
}

from_server::room_summary summary_of(const listed_room& room) {
    return {.id = room.head.id.view(),
            .name = room.head.name,
            .thumbnail_url = url_of(room.head.thumbnail_url),
            .member_count = room.head.member_count,
            .my_role = role_text(room.role),
            .version = room.head.version,
            .updated_at = room.head.updated_at};
}

from_server::room_snapshot snapshot_of(const room_view& room) {
    const room_head& head = room.head;
    from_server::room_snapshot made{.id = head.id.view(),
                                    .meta = {.name = head.name,
                                             .thumbnail_url = url_of(head.thumbnail_url),
                                             .join_policy = policy_text(head.policy),
                                             .created_at = head.created_at,
                                             .created_by = head.created_by.view()},
                                    .version = head.version,
                                    .updated_at = head.updated_at,
                                    .member_count = head.member_count,
                                    .truncated = room.truncated()};
    list_members(room, made.members, made.roles);
    return made;
}

from_server::room_members_updated members_of(const room_view& room) {
    const room_head& head = room.head;
    from_server::room_members_updated made{.room_id = head.id.view(),
                                           .member_count = head.member_count,
                                           .truncated = room.truncated(),
                                           .name = head.name,
                                           .thumbnail_url = url_of(head.thumbnail_url),
                                           .version = head.version,
                                           .updated_at = head.updated_at};
    list_members(room, made.members, made.roles);
    return made;
}

from_server::room_updated update_of(const room_head& room, const room_patch& patch) {
    from_server::room_updated made{.room_id = room.id.view(), .version = room.version, .updated_at = room.updated_at};
    if (patch.name) made.patch.name = *patch.name;
    if (patch.thumbnail_url) made.patch.thumbnail_url = url_of(*patch.thumbnail_url);
    if (patch.policy) made.patch.join_policy = policy_text(*patch.policy);
    return made;
}

room_rules rules_of(const settings& options) {
    return {.rooms_max = options.max_rooms,
            .rooms_per_user_max = options.max_rooms_per_user,
            .members_max = options.max_members_per_room,
            .member_events_max = options.room_member_events_max,
            .auto_create = options.room_auto_create,
            .auto_delete_empty = options.room_auto_delete_empty};
}

} // namespace wsd
