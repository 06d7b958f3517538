#pragma once

#include "common/protocol/server_objects.hpp"
#include "common/state/chat_records.hpp"
#include "common/state/log_records.hpp"
#include "server/runtime/shard.hpp"

#include <memory>
#include <optional>

namespace wsd {

// The message as `viewer` is to see it. Refers to the record.
[[nodiscard]] from_server::message_object view_message(const message_record& message, message_state state,
                                                       const user_id& viewer,
                                                       const std::optional<receipt_counts>& counts = {});

// What was read from the log, or what became of it since: content that was changed is not shown any more.
[[nodiscard]] std::shared_ptr<const message_record> newest_of(const shard& home, const user_id& viewer,
                                                              const std::shared_ptr<const message_record>& message);

} // namespace wsd
