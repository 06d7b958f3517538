#pragma once

#include "common/state/log_records.hpp"
#include "server/runtime/connection.hpp"
#include "server/runtime/shard.hpp"

namespace wsd {

// Whether the entry is shown as a message; else as a change of one.
[[nodiscard]] bool shows_message(const log_entry& entry);
// The frame of one entry about a direct message or a change, as this connection is to see it; see entry_writer.
void send_entry(shard& home, connection& c, const log_entry& entry, bool is_replay);

} // namespace wsd
