#pragma once

#include "common/base/clock.hpp"
#include "common/base/error.hpp"
#include "common/base/ids.hpp"
#include "common/state/exclusion_records.hpp"
#include "common/state/membership_records.hpp"
#include "common/state/receipt_records.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// What the log keeps and what crosses a thread on its way there and back. Plain values; nothing here has behaviour.
namespace wsd {

enum class message_state : std::uint8_t { sent, delivered, read };
enum class durability : std::uint8_t { fsync, os, memory };

// A message as it is at one moment. Immutable once shared: a change makes a new record.
// Events of rooms have the same form: sender is who acted, recipient the user concerned, message_type the reason.
struct message_record {
    message_id id;
    chat_id chat;
    std::uint64_t chat_seq = 0; // 1, 2, 3 … within the chat
    user_id sender;
    user_id recipient; // empty: a room message
    room_id room;      // empty: a direct message
    std::string content;
    std::string message_type;      // room messages only
    std::string client_message_id; // empty: none
    timestamp sent_at = 0;
    std::optional<timestamp> edited_at;
    std::optional<timestamp> deleted_at; // then content is empty
    user_id deleted_by;                  // with deleted_at
};

enum class entry_kind : std::uint8_t { message, edit, deletion, member_joined, member_left, room_deleted };
[[nodiscard]] constexpr bool is_mutation(entry_kind kind) {
    return kind == entry_kind::edit || kind == entry_kind::deletion;
}

// One entry of one user's log.
struct log_entry {
    std::uint64_t seq = 0; // 1, 2, 3 … within the user's log
    entry_kind kind = entry_kind::message;
    message_state state = message_state::sent;     // of the message, as this user is to see it, when the entry was read
    std::shared_ptr<const message_record> message; // as it is now, of an edit or deletion the one that it is about
    timestamp at = 0;                              // of an edit or deletion
    bool shown = true;   // false: an edit or deletion that another entry of the same replay makes superfluous
    bool hidden = false; // of a room of which the user is no longer a member, or from before it last became one
};

// ---- operations, in the order in which the store thread applies them ----

// The user's connections are about to be served by a shard: from this point on every entry committed for the user is
// sent to `shard`, and the outcome tells up to where the log had grown before that.
struct open_user {
    user_id user;
    device_id device;                 // empty: none. Remembered with its position; hello order decides who is forgotten
    std::uint32_t max_devices = 10;   // the device that said HELLO longest ago is forgotten beyond this
    std::vector<std::string> pending; // clientMessageIds to look up
};
struct pending_status {
    std::string client_message_id;
    // nullopt: not stored. An id used in several chats gives the newest.
    struct found {
        message_id id;
        chat_id chat;
        std::uint64_t seq = 0; // in the sender's log
        std::uint64_t chat_seq = 0;
        message_state state = message_state::sent;
    };
    std::optional<found> message;
};
struct opened_user {
    std::uint64_t head = 0;                            // highest seq; 0 = the log has never had an entry
    std::uint64_t floor = 1;                           // lowest seq still in the log; head + 1 when it is empty
    std::optional<std::uint64_t> device_position = {}; // acknowledged position of the device, if it has one
    std::vector<pending_status> pending = {};          // in the order asked, each once
};

struct append_direct {
    user_id sender;
    user_id recipient;
    std::string content;
    std::string client_message_id; // empty: not deduplicated
};
struct appended {
    bool duplicate = false; // stored earlier under the same key; nothing was written
    std::shared_ptr<const message_record> message;
    std::uint64_t sender_seq = 0;
    std::uint64_t recipient_seq = 0;
    message_state state = message_state::sent; // current state (above sent only for a duplicate)
    bool contacts = false;     // both users have written in this chat, this message included, or they share a room
    bool new_contacts = false; // by this message both have written
};

enum class receipt_kind : std::uint8_t { delivered, read };
struct confirm_message { // one message, by the caller
    user_id user;
    message_id id;
    receipt_kind kind = receipt_kind::delivered;
};
// Everything addressed to the user up to a seq becomes delivered. With `device` its acknowledged position moves too.
struct confirm_up_to {
    user_id user;
    device_id device; // empty: none
    std::uint64_t up_to = 0;
    std::uint64_t entries_max = ~std::uint64_t{0}; // looked at in one go; the rest is to be asked for again
};
// Replayed entries from..to were handed to the operating system's socket of a client that does not confirm.
struct confirm_replayed {
    user_id user;
    std::uint64_t from = 0;
    std::uint64_t to = 0;
};
struct state_change { // one direct message whose state moved; its author is told
    message_id id;
    user_id author;
    user_id recipient;
    std::uint64_t author_seq = 0; // of the message's entries, so that a tail finds them without a search
    std::uint64_t recipient_seq = 0;
    message_state state = message_state::delivered;
};
enum class confirm_status : std::uint8_t {
    changed,
    already,            // the state was already there or beyond
    not_found,          // unknown id, or not visible to the user
    not_authorized,     // the user wrote the message
    invalid_transition, // read of a message not yet delivered
    cursor_ahead,       // up_to is above head
};
struct confirmed {
    confirm_status status = confirm_status::changed;
    message_state state = message_state::sent; // current state after the operation
    std::vector<state_change> changes; // travel to the shards in store_batch::changes; empty in a store_completion
    // The reader's position in the chat, when it moved.
    struct read_position {
        chat_id chat;
        std::uint64_t chat_seq = 0;
    };
    std::optional<read_position> read_position_moved;
    std::vector<room_position> positions;  // travel like changes
    std::vector<room_delivery> deliveries; // likewise; at most one for each author and room
    bool more = false;                     // entries_max ended it before up_to, and the device's position waits
};

// By its author; a room's message may also be deleted by those who run the room.
struct edit_message {
    user_id user;
    message_id id;
    std::string content;
};
struct delete_message {
    user_id user;
    message_id id;
};
enum class mutation_status : std::uint8_t {
    changed,
    already,   // it has that content, or is deleted
    not_found, // unknown, not visible to the user, or an edit of a deleted message
    forbidden, // the user sees it, and has no right to change it
    blank,     // an edit to nothing but white space
};
struct mutated {
    mutation_status status = mutation_status::changed;
    std::shared_ptr<const message_record> message = {}; // as it is afterwards
    // Of the new entries.
    entry_kind kind = entry_kind::edit;
    timestamp at = 0;
    message_state state = message_state::sent;
    std::uint64_t author_seq = 0; // of a direct message, like the next
    std::uint64_t recipient_seq = 0;
    std::vector<logged_entry> entries = {}; // of a room's message; travel to the shards, empty in a store_completion
};

// Looks at the logs of some users, the next ones at every call, and lets go what is older than logs are kept.
struct trim_logs {
    std::uint32_t users_max = 100;
};
struct trimmed {
    std::uint32_t users = 0; // whose logs begin later than before
};

using log_operation =
    std::variant<open_user, append_direct, confirm_message, confirm_up_to, confirm_replayed, trim_logs, edit_message,
                 delete_message, append_room, change_room, leave_rooms, revocation, suspension>;
// errc::conflict: the key (sender, chat, client_message_id) names another content. errc::persistence: see message_log.
using log_outcome =
    std::variant<errc, opened_user, appended, confirmed, trimmed, mutated, posted, room_changed, rooms_left, excluded>;

} // namespace wsd
