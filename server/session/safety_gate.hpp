#pragma once

#include "common/base/task.hpp"
#include "common/state/rate_limit_records.hpp"
#include "server/dispatch/request_context.hpp"
#include "server/runtime/peer.hpp"

#include <optional>

namespace wsd {

// What is to be done about a message, ready to be awaited. The message itself is not needed any more.
struct judged_frame {
    task<> handler;       // of its type, or the answer that refuses it
    bool waits = false;   // for its token, before the handler runs
    bool ordered = false; // the handler itself sees to it that replies leave in request order
    std::optional<rate_warning> warning;
};

// Takes one message through the checks in their order, the cheapest first; the first that fails decides. Sends nothing
// that would have to wait for the replies before it.
[[nodiscard]] judged_frame pass_gate(request_context& ctx, const inbound& message);

} // namespace wsd
