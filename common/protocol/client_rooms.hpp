#pragma once

#include "common/base/ids.hpp"
#include "common/protocol/field_table.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Frames that clients send about rooms. Names and URLs arrive trimmed of white space.
namespace wsd::from_client {

using join_policy_word = field::word<"open", "invite">;
using room_name_text = field::trimmed_text<&decode_limits::room_name_length>;
using thumbnail_text = field::trimmed_text<&decode_limits::thumbnail_url_length>;
using room_users = field::list<field::id, 0, 1000>;

struct room_create {
    static constexpr std::string_view type = "ROOM_CREATE";

    wsd::room_id room_id{};      // empty: wsd makes one
    std::string name{};          // empty: the room id
    std::string thumbnail_url{}; // empty: none
    std::vector<wsd::user_id> member_ids{};
    std::string join_policy = "open";

    using fields = field::table<field::optional<"roomId", &room_create::room_id, field::id>,
                                field::optional<"name", &room_create::name, room_name_text>,
                                field::optional_or_null<"thumbnailUrl", &room_create::thumbnail_url, thumbnail_text>,
                                field::optional<"memberIds", &room_create::member_ids, room_users>,
                                field::defaulted<"joinPolicy", &room_create::join_policy, join_policy_word>,
                                field::ignored<"metadata", field::any_object>>;
};

struct room_join {
    static constexpr std::string_view type = "ROOM_JOIN";

    wsd::room_id room_id{};

    using fields = field::table<field::required<"roomId", &room_join::room_id, field::id>>;
};

struct room_leave {
    static constexpr std::string_view type = "ROOM_LEAVE";

    wsd::room_id room_id{};

    using fields = field::table<field::required<"roomId", &room_leave::room_id, field::id>>;
};

struct room_message {
    static constexpr std::string_view type = "ROOM_MESSAGE";

    wsd::room_id room_id{};
    std::string content{};
    std::string client_message_id{}; // empty: none
    std::string message_type = "text";

    using fields = field::table<
        field::required<"roomId", &room_message::room_id, field::id>,
        field::required<"content", &room_message::content, field::limited_text<1, &decode_limits::content_length>>,
        field::optional<"clientMessageId", &room_message::client_message_id, field::tag<>>,
        field::defaulted<"messageType", &room_message::message_type, field::tag<32>>, field::absent<"recipientId">,
        field::absent<"toUserId">, field::absent<"peerUserId">>;
};

struct room_info {
    static constexpr std::string_view type = "ROOM_INFO";

    wsd::room_id room_id{};

    using fields = field::table<field::required<"roomId", &room_info::room_id, field::id>>;
};

struct room_members {
    static constexpr std::string_view type = "ROOM_MEMBERS";

    wsd::room_id room_id{};

    using fields = field::table<field::required<"roomId", &room_members::room_id, field::id>>;
};

struct room_list {
    static constexpr std::string_view type = "ROOM_LIST";

    bool include_all = false;

    using fields = field::table<field::defaulted<"includeAll", &room_list::include_all, field::boolean>>;
};

// What ROOM_UPDATE_META changes. An empty URL means the same as null: no picture.
struct room_meta_patch {
    std::optional<std::string> name{};
    std::optional<std::optional<std::string>> thumbnail_url{};
    std::optional<std::string> join_policy{};

    using fields =
        field::table<field::optional<"name", &room_meta_patch::name, room_name_text>,
                     field::optional<"thumbnailUrl", &room_meta_patch::thumbnail_url, field::or_null<thumbnail_text>>,
                     field::optional<"joinPolicy", &room_meta_patch::join_policy, join_policy_word>>;
};

struct room_update_meta {
    static constexpr std::string_view type = "ROOM_UPDATE_META";

    wsd::room_id room_id{};
    room_meta_patch patch{};

    using fields = field::table<field::required<"roomId", &room_update_meta::room_id, field::id>,
                                field::required<"patch", &room_update_meta::patch, field::object>>;
};

struct room_add_members {
    static constexpr std::string_view type = "ROOM_ADD_MEMBERS";

    wsd::room_id room_id{};
    std::vector<wsd::user_id> user_ids{};

    using fields =
        field::table<field::required<"roomId", &room_add_members::room_id, field::id>,
                     field::required<"userIds", &room_add_members::user_ids, field::list<field::id, 1, 1000>>>;
};

struct room_remove_member {
    static constexpr std::string_view type = "ROOM_REMOVE_MEMBER";

    wsd::room_id room_id{};
    wsd::user_id user_id{};

    using fields = field::table<field::required<"roomId", &room_remove_member::room_id, field::id>,
                                field::required<"userId", &room_remove_member::user_id, field::id>>;
};

struct room_set_role {
    static constexpr std::string_view type = "ROOM_SET_ROLE";

    wsd::room_id room_id{};
    wsd::user_id user_id{};
    std::string role{};

    using fields = field::table<field::required<"roomId", &room_set_role::room_id, field::id>,
                                field::required<"userId", &room_set_role::user_id, field::id>,
                                field::required<"role", &room_set_role::role, field::word<"ADMIN", "MEMBER">>>;
};

struct room_delete {
    static constexpr std::string_view type = "ROOM_DELETE";

    wsd::room_id room_id{};

    using fields = field::table<field::required<"roomId", &room_delete::room_id, field::id>>;
};

} // namespace wsd::from_client
