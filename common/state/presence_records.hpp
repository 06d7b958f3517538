#pragma once

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "common/state/store_records.hpp"
#include "common/state/typing_records.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

// What shards tell the presence service and what it tells them. Plain values.
namespace wsd {

// The first (or a further) connection of the user was accepted, or one has ended.
struct connection_opened {
    user_id user;
};
struct connection_ended {
    user_id user;
    bool at_once = false; // no grace: the user left on purpose or was thrown out
};
// Answered by presence_snapshot.
struct presence_question {
    store_ticket ticket;
    user_id user;
};
struct contacts_met {
    user_id a;
    user_id b;
};
// Who came into a room or left it with one commit, in its order.
struct members_moved {
    std::vector<membership_change> changes;
};
using presence_request = std::variant<connection_opened, connection_ended, presence_question, contacts_met,
                                      members_moved, room_typing, read_reply>;

struct presence_row {
    user_id user;
    std::optional<timestamp> last_seen; // of the last transition since start-up
};
struct presence_snapshot { // those of the audience who are online
    store_ticket ticket;
    std::vector<presence_row> online;
    bool truncated = false;
    std::uint64_t version = 0;                   // of the presence data; see presence_change::is_news_after
    std::optional<timestamp> own_last_seen = {}; // of the viewer itself
};

struct presence_change {
    user_id user;
    bool online = false; // the previous status is the other one
    timestamp at = 0;
    std::uint64_t version = 0;   // of the presence data when it happened
    std::uint64_t seen_from = 0; // above 0: it concerns only those whose snapshot is at least this new

    // Whether a connection that was last sent a snapshot of this version is to be told of it.
    [[nodiscard]] bool is_news_after(std::uint64_t snapshot_version) const noexcept {
        return snapshot_version < version && snapshot_version >= seen_from;
    }
};
struct change_range { // changes begin..end, without end
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
};
// One tick's transitions for the receivers that a shard serves.
struct presence_batch {
    std::shared_ptr<const std::vector<presence_change>> changes; // the same for all shards
    struct receiver {
        user_id user;
        std::uint32_t begin = 0; // of told
        std::uint32_t end = 0;
    };
    std::vector<receiver> receivers;
    std::vector<change_range> told;
    bool everyone = false; // all changes to all users but the one concerned; then there are no receivers
};

} // namespace wsd
