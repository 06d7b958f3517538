#pragma once

#include "common/base/task.hpp"
#include "server/dispatch/request_context.hpp"
#include "server/runtime/peer.hpp"

#include <optional>

namespace wsd {

// A message that passed: its handler, ready to be awaited. The message itself is not needed any more.
struct passed_frame {
    task<> handler;
    bool waits = false; // for its token, before the handler runs
};

// Takes one message through the checks in their order, the cheapest first, and answers the first that fails.
[[nodiscard]] std::optional<passed_frame> pass_gate(request_context& ctx, const inbound& message);

} // namespace wsd
