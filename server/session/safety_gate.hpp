#pragma once

#include "common/base/task.hpp"
#include "server/dispatch/request_context.hpp"
#include "server/runtime/peer.hpp"

#include <optional>

namespace wsd {

// Takes one message through the checks in their order, the cheapest first, and answers the first that fails. Returns the
// handler of a message that passes, ready to be awaited: the message itself is not needed any more.
[[nodiscard]] std::optional<task<>> pass_gate(request_context& ctx, const inbound& message);

} // namespace wsd
