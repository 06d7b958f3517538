#pragma once

#include "common/state/store_records.hpp"
#include "server/runtime/connection.hpp"
#include "server/runtime/shard.hpp"

namespace wsd {

// Asks the log where the series begins and ends and sends RESYNC_START, of a RESUME; the entries follow page by page as
// fast as the peer takes them. A failure before that is one MESSAGE_ERROR.
[[nodiscard]] task<> start_replay(shard& home, connection& c, resume_request request, replay_start start);

// Asks for the next page when the one before has gone to the socket.
void fill_replay(shard& home, connection& c);
[[nodiscard]] bool replay_wants_output(const connection& c);
void series_page_read(shard& home, connection& c, read_reply&& reply);
// The log was trimmed beyond the position of the connection, up to `gap_to`: it is told so unasked, with SNAPSHOTs, and
// goes on behind the gap. Precondition: the connection has no series.
void tell_of_gap(shard& home, connection& c, std::uint64_t gap_to);
// Replayed entries that the operating system has taken whole count as delivered, unless the client confirms.
void replay_taken(shard& home, connection& c);

} // namespace wsd
