#pragma once

#include "common/base/task.hpp"
#include "common/state/log_records.hpp"
#include "server/dispatch/request_context.hpp"
#include "server/services/delivery.hpp"

#include <cstdint>
#include <utility>

// What the frames that store a message have in common.
namespace wsd {

// Answers the request from what the log says. Called once.
using answer_function = void (*)(request_context& ctx, const log_outcome& outcome);

// Has a message stored and answers when that is done, in request order; the connection's next frames are read
// meanwhile. Moves the context away: nothing of it is to be used afterwards.
[[nodiscard]] task<> store_and_answer(request_context& ctx, log_operation append, answer_function how);

// Replies to an author whose message got the place `seq` in its log. With `noecho` entries before it go first, and the
// reply stands for the author's own event when that is exactly the next entry.
template <class Frame> void reply_to_author(request_context& ctx, std::uint64_t seq, bool duplicate, Frame frame) {
    connection& author = ctx.caller;
    const bool stands = author.hello.noecho && !duplicate;
    if (stands) fill_output_up_to(ctx.home, author, seq - 1);
    ctx.reply(std::move(frame));
    if (stands && author.cursor.position + 1 == seq && !author.series) author.cursor.position = seq;
    ctx.home.metrics.observe<metric::ack_latency>(ctx.home.time.now() - ctx.received);
}

} // namespace wsd
