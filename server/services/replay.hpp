#pragma once

#include "common/state/store_records.hpp"
#include "server/runtime/connection.hpp"
#include "server/runtime/shard.hpp"

#include <optional>
#include <string>
#include <vector>

namespace wsd {

struct replay_start {
    resume_plan plan;
    // Of the request's `pending`, when it had that field.
    std::optional<std::vector<pending_status>> pending;
    std::optional<std::string> correlation;
};

// Sends RESYNC_START and what follows it; the entries go page by page as fast as the peer takes them. Precondition: the
// connection has no series.
void begin_replay(shard& home, connection& c, replay_start&& start);

// Asks for the next page when the one before has gone to the socket.
void fill_replay(shard& home, connection& c);
[[nodiscard]] bool replay_wants_output(const connection& c);
void series_page_read(shard& home, connection& c, read_reply&& reply);
// The operating system has taken everything: replayed entries among it count as delivered, unless the client confirms.
void replay_taken(shard& home, connection& c);

} // namespace wsd
