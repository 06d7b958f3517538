#pragma once

#include "common/base/task.hpp"
#include "common/state/log_records.hpp"
#include "server/dispatch/request_context.hpp"

namespace wsd {

// Has the message changed and answers the caller: what MESSAGE_EDIT and MESSAGE_DELETE have in common.
[[nodiscard]] task<> change_and_reply(request_context& ctx, log_operation change);

} // namespace wsd
