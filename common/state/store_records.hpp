#pragma once

#include "common/state/chat_records.hpp"
#include "common/state/log_records.hpp"
#include "common/state/read_records.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// What shards ask of the store thread and the reader thread, and what they get back. Plain values.
namespace wsd {

// Names the one who asked; the answer goes to connection.shard. `request` is the asker's own and comes back unchanged.
struct store_ticket {
    connection_id connection;
    std::uint64_t request = 0;
};

// The shard serves no connection of the user any more: entries committed from here on are not sent to it. Not answered.
struct close_user {
    user_id user;
};

struct store_request {
    store_ticket ticket;
    std::variant<log_operation, close_user> command;
};

struct store_completion {
    store_ticket ticket;
    log_outcome outcome;
};

// A new entry in the log of a user whom the shard serves.
struct entry_delivery {
    user_id user;
    log_entry entry;
    // Both users of the direct chat have written in it, or they share a room: what the recipient's shard needs to know
    // when it finds that the recipient has no live connection.
    bool contacts = false;
};

// The recipient of a direct message was served by no shard at the commit. To the sender's shard.
struct recipient_offline {
    user_id sender;
    user_id recipient;
    message_id id;
    bool contacts = false; // see entry_delivery
};

// What one commit means for one shard; each list in commit order. Completions and entries come in a first batch,
// changes and what is said about users who are offline in a second one, after the first batches of all shards: a notice
// that a shard causes by a second batch reaches the shard that asked after the answer to its request. With one shard
// both are one batch.
struct store_batch {
    std::vector<store_completion> completions;
    std::vector<entry_delivery> entries;
    // To the shards that serve the author or the recipient, once per shard: the author's connections are told, and the
    // tails of both hold the state. Either user may be served elsewhere or nowhere.
    std::vector<state_change> changes;
    std::vector<recipient_offline> offline;
    std::vector<room_position> positions;  // to the shard that serves the member
    std::vector<room_delivery> deliveries; // to the shard that serves the author
    std::vector<room_update> rooms;
    // All completions of the commit are in their mailboxes: notices about its entries may be given.
    bool settled = true;

    [[nodiscard]] bool empty() const {
        return completions.empty() && entries.empty() && changes.empty() && offline.empty() && positions.empty() &&
               deliveries.empty() && rooms.empty();
    }
};

struct page_request {
    user_id user;
    std::uint64_t from = 1;
    std::uint64_t to = 0;
    std::size_t max_entries = 200;      // ≥ 1
    std::size_t max_bytes = 256 * 1024; // of content; the first entry comes in any case
    // A replay of these and what follows up to `to`: see log_entry::shown. 0: live delivery, which shows everything.
    std::uint64_t replayed_from = 0;
};

using read_question = std::variant<resume_request, page_request, contacts_request, chat_question, room_request,
                                   room_list_request, members_request>;
struct read_job {
    store_ticket ticket;
    read_question what;
};
struct read_reply {
    store_ticket ticket;
    // As the job asked.
    std::variant<errc, resume_plan, log_page, contact_list, chat_answer, room_lookup, room_list, member_page> outcome;
};

// What error frames give back of the request that they answer.
struct echoed_ids {
    std::optional<std::string> client_message_id{};
    std::optional<std::string> message_id{};
    std::optional<std::string> room_id{};
};
// What a series of replayed entries begins with.
struct replay_start {
    resume_plan plan{};
    // Of the request's `pending`, when it had that field.
    std::optional<std::vector<pending_status>> pending{};
    std::optional<std::string> correlation{};
    echoed_ids echo{};
    bool message_replay = false; // MESSAGE_REPLAY asked for it: the entries alone, and an end of its own
    std::string requested_after{};
};

} // namespace wsd
