#pragma once

#include "common/state/log_records.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What a replay asks of the log. Plain values.
namespace wsd {

struct resume_request {
    user_id user;
    std::uint64_t start = 0; // of the connection: entries above it are live, not replayed
    std::optional<std::string> epoch;
    std::optional<std::uint64_t> seq;     // with epoch
    std::optional<std::string> last_seen; // a messageId
    std::optional<std::uint64_t> device_position;
    std::optional<std::uint32_t> limit; // 1..500
    std::uint64_t max_entries = 10000;  // WS_REPLAY_MAX_ENTRIES
};
enum class resume_mode : std::uint8_t { exact, partial, snapshot };
enum class resume_reason : std::uint8_t {
    none,
    epoch_changed,
    unknown_message_id,
    cursor_ahead,
    too_far,
    cursor_expired
};
struct resume_plan {
    resume_mode mode = resume_mode::exact;
    resume_reason reason = resume_reason::none;
    std::uint64_t from = 1;        // cursor + 1
    std::uint64_t to = 0;          // last seq that the series replays; from - 1 when there is nothing
    std::uint64_t first_entry = 1; // first seq that is replayed (after a gap: floor)
    std::uint64_t count = 0;
    std::uint64_t gap_to = 0; // mode partial: the gap is from..gap_to
    bool complete = true;     // nothing up to start is left to replay
    room_list rooms = {};     // of the user
};
struct log_page {
    std::vector<log_entry> entries; // ascending, contiguous, starting at the seq asked for
    std::uint64_t floor = 1;        // above the seq asked for: the log was trimmed meanwhile
};

} // namespace wsd
