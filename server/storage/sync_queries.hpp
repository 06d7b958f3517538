#pragma once

#include "common/state/chat_records.hpp"
#include "server/storage/log_queries.hpp"

namespace wsd {

// See log_queries.hpp about failures.
[[nodiscard]] sync_state read_sync(log_source& source, const store_name& store, const sync_request& request);

} // namespace wsd
