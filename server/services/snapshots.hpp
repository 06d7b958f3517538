#pragma once

#include "common/state/store_records.hpp"
#include "server/runtime/connection.hpp"
#include "server/runtime/shard.hpp"

namespace wsd {

// The SNAPSHOT frames of a series: first the log is asked for the list of the user's chats, then for the state of a few
// of them at a time, as fast as the peer takes the frames.

// What to ask the reader thread for next. Precondition: the series is not at its entries yet.
[[nodiscard]] chat_question next_snapshot_question(const connection& c);
// Sends what the answer shows. With the last frame the series comes to its entries. False: the answer is no answer to
// the question.
[[nodiscard]] bool send_snapshots(shard& home, connection& c, chat_answer&& shown);

} // namespace wsd
