#include "server/handlers/handlers.hpp"

#include "common/protocol/server_receipts.hpp"
#include "server/handlers/receipts.hpp"
#include "server/services/log_requests.hpp"
#include "server/services/notices.hpp"

namespace wsd {
namespace {

// Of a receipt for everything up to somewhere: what others ask for comes between.
constexpr std::uint64_t entries_in_one_go = 512;

bool has_more(const log_outcome& outcome) {
    const auto* done = std::get_if<confirmed>(&outcome);
    return done != nullptr && done->more;
}

// A device may have several connections: its position is that of all of them.
void move_device(request_context& ctx, std::uint64_t up_to) {
    const device_id& device = ctx.caller.hello.device;
    if (device.empty()) return;
    ctx.home.connections.for_each_of(ctx.user(), [&](connection_id, connection* c) {
        auto& position = c->hello.device_position;
        if (c->hello.device == device) position = std::max(position.value_or(0), up_to);
    });
}

} // namespace

task<> handle(request_context& ctx, from_client::message_ack frame) {
    if (!frame.up_to) co_return co_await confirm_and_reply(ctx, frame.message_id, receipt_kind::delivered);
    const confirm_up_to portion{
        .user = ctx.user(), .device = ctx.caller.hello.device, .up_to = *frame.up_to, .entries_max = entries_in_one_go};
    log_operation next = portion;
    log_outcome outcome = co_await ask_store(ctx.home, ctx.caller, std::move(next));
    bool changed = false;
    while (has_more(outcome)) {
        changed = changed || std::get<confirmed>(outcome).status == confirm_status::changed;
        if (ctx.caller.state != lifecycle::open) co_return;
        next = portion;
        outcome = co_await ask_store_for_rest(ctx.home, ctx.caller, std::move(next));
    }
    if (const errc* failure = std::get_if<errc>(&outcome)) co_return ctx.refuse(*failure);
    const auto& done = std::get<confirmed>(outcome);
    if (refuse_receipt(ctx, done)) co_return;
    move_device(ctx, *frame.up_to);
    ctx.reply(from_server::receipt_ack{.up_to = frame.up_to,
                                       .state = state_text(message_state::delivered),
                                       .already_in_state = !changed && done.status == confirm_status::already,
                                       .timestamp = ctx.home.time.wall_ms()});
}

} // namespace wsd
