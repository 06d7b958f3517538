#pragma once

#include "common/state/chat_records.hpp"
#include "common/state/read_records.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace wsd {

// What a series asks the log for next: in the modes partial and snapshot first the list of chats, then how they stand;
// in the end the list of rooms, when that of the plan is outdated.
enum class series_stage : std::uint8_t { chats, conversations, entries, rooms };

// A RESUME or MESSAGE_REPLAY in progress on one connection: entries next..to are still to be written.
struct replay_series {
    resume_plan plan;
    std::uint64_t next = 1;
    std::uint64_t message_count = 0; // message frames written so far
    std::optional<std::string> correlation;
    bool page_requested = false;
    series_stage stage = series_stage::entries;
    bool message_replay = false; // asked for by MESSAGE_REPLAY, after this id; empty: by none
    std::string requested_after = {};
    std::optional<message_id> last_message = {}; // replayed
    bool unasked = false;                        // the log was trimmed beyond the position of the connection
    chat_list chats = {};
    std::size_t chats_shown = 0;
    echoed_ids echo = {};
    unsigned rooms_read = 0; // times, after the plan
};

} // namespace wsd
