#pragma once

#include "common/protocol/server_objects.hpp"
#include "common/state/log_records.hpp"

namespace wsd {

// The message as `viewer` is to see it. Refers to the record.
[[nodiscard]] from_server::message_object view_message(const message_record& message, message_state state,
                                                       const user_id& viewer);

} // namespace wsd
