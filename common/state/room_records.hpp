#pragma once

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "common/state/row_keys.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// What is asked of the log about rooms, and what comes of it. Plain values.
namespace wsd {

struct message_record;                // log_records.hpp
enum class entry_kind : std::uint8_t; // log_records.hpp

// In ascending order of rights. none: not a member; in the tables: was removed, and may not join by itself.
enum class room_role : std::uint8_t { none, member, admin, owner };
enum class join_policy : std::uint8_t { open, invite };

// A room without its members.
struct room_head {
    room_id id;
    std::string name;
    std::string thumbnail_url; // empty: none
    join_policy policy = join_policy::open;
    timestamp created_at = 0;
    user_id created_by;
    std::uint64_t version = 1;
    timestamp updated_at = 0;
    std::uint64_t member_count = 0;
};

// A room at one moment, immutable once shared.
struct room_view {
    static constexpr std::size_t members_max = 1000;

    room_head head;
    std::vector<std::pair<user_id, room_role>> members; // owner, admins, then by time of joining; at most members_max
    [[nodiscard]] bool truncated() const { return members.size() < head.member_count; }
};

// Values that are to change, or have changed. Texts are trimmed; an empty URL removes the picture.
struct room_patch {
    std::optional<std::string> name = {};
    std::optional<std::string> thumbnail_url = {};
    std::optional<join_policy> policy = {};
    [[nodiscard]] bool empty() const { return !name && !thumbnail_url && !policy; }
};

// What the options say about rooms; limits of 0 mean unlimited.
struct room_rules {
    std::uint64_t rooms_max = 0;
    std::uint64_t rooms_per_user_max = 0;
    std::uint64_t members_max = 0;
    std::uint64_t member_events_max =
        50; // in larger rooms only the user concerned has an entry of its coming and going
    bool auto_create = true;
    bool auto_delete_empty = true;
};

// One alternative for each frame that changes a room.
namespace room_action {
struct create {
    std::string name = {}; // empty: the id
    std::string thumbnail_url = {};
    join_policy policy = join_policy::open;
    std::vector<user_id> members = {}; // besides the caller
};
struct join {};
struct leave {
    bool disconnected = false; // it went offline
};
struct update {
    room_patch patch = {};
};
struct add {
    std::vector<user_id> users = {};
};
struct remove {
    user_id user = {};
};
struct set_role {
    user_id user = {};
    room_role role = room_role::member; // or admin
};
struct erase {};
using any = std::variant<create, join, leave, update, add, remove, set_role, erase>;
} // namespace room_action

struct change_room {
    user_id caller;
    room_id room;
    room_action::any action;
    room_rules rules = {};
};

enum class room_status : std::uint8_t {
    done,
    not_found, // no such room, or the caller is no member
    forbidden,
    taken,       // create: there is a room of this id
    limit,       // on rooms, rooms of a user, or members
    blank_name,  // update
    empty_patch, // update
    oneself,     // remove: that is leaving
};

struct logged_entry {
    user_id user;
    std::uint64_t seq = 0;
    user_key key = user_key::none; // of the user, when whoever makes the entry knows it
};
// The entries that one record has in the logs of several users.
struct logged_record {
    entry_kind kind{};
    std::shared_ptr<const message_record> record;
    std::vector<logged_entry> entries;
};

struct room_changed {
    room_status status = room_status::done;
    bool changed = false;                  // false: it was so already, nobody is told
    std::shared_ptr<const room_view> room; // afterwards; null when it is gone, or there was none for the caller
    room_patch patch;                      // update: what changed
    timestamp at = 0;
    // Travel to the shards in their batches; empty in a store_completion.
    std::vector<logged_record> records;
    std::vector<user_id> audience; // members afterwards
    user_id removed;               // is told the new state once more; empty: nobody
};

struct append_room {
    user_id sender;
    room_id room;
    std::string content;
    std::string message_type;
    std::string client_message_id; // empty: not deduplicated
};
enum class post_status : std::uint8_t { stored, not_found, blank };
struct posted {
    post_status status = post_status::stored;
    bool duplicate = false; // stored earlier under the same key; nothing was written
    std::shared_ptr<const message_record> message;
    std::uint64_t sender_seq = 0;
    std::uint64_t member_count = 0;
    std::vector<logged_entry> entries; // travel to the shards; empty in a store_completion
};

// The room has a new state; who is served by the shard is told.
struct room_update {
    std::shared_ptr<const room_view> room;
    std::optional<room_patch> patch = {}; // empty: the members changed
    std::vector<user_id> users = {};
    bool at_once = false; // not merged with what follows
    // Not empty: nothing is told. The users are members of this room no longer, so what waits about it is not for them.
    room_id gone = {};
    bool ended = false; // as it has no members
};

// ---- reading ----

struct room_request { // one room, with its members
    user_id user;
    room_id room;
};
inline constexpr std::size_t list_rooms_all = std::numeric_limits<std::size_t>::max();
struct room_list_request {
    user_id user;
    bool all = false; // all rooms there are, not only those of the user
    std::size_t max = 1000;
};
struct listed_room {
    room_head head;
    room_role role = room_role::none; // of the user
};
struct room_list {
    std::vector<listed_room> rooms; // newest updated_at first
    bool more = false;
};
using room_lookup = std::optional<room_view>; // empty: no such room, or not the user's

} // namespace wsd
