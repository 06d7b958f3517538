#pragma once

#include "common/base/task.hpp"
#include "common/state/store_records.hpp"
#include "server/dispatch/request_context.hpp"

#include <optional>
#include <string_view>

namespace wsd {

// Commits a receipt for one message. nullopt: it failed and the failure has been replied.
[[nodiscard]] task<std::optional<confirmed>> confirm_one(request_context& ctx, std::string_view id, receipt_kind kind);
// The same, answered with MESSAGE_ACK form B.
[[nodiscard]] task<> confirm_and_reply(request_context& ctx, std::string_view id, receipt_kind kind);
// Tells the reader's other connections how far it has read, when that moved.
void announce_read_position(request_context& ctx, const confirmed& done);
// Replies the failure. False: it was none.
[[nodiscard]] bool refuse_receipt(request_context& ctx, const confirmed& done);

} // namespace wsd
