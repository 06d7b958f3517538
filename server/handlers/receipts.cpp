#include "server/handlers/receipts.hpp"

#include "common/protocol/server_receipts.hpp"
#include "server/services/log_requests.hpp"
#include "server/services/notices.hpp"

namespace wsd {

bool refuse_receipt(request_context& ctx, const confirmed& done) {
    switch (done.status) {
    case confirm_status::changed:
    case confirm_status::already:
        return false;
    case confirm_status::not_found:
        ctx.refuse(error_code::message_not_found);
        break;
    case confirm_status::not_authorized:
        ctx.refuse(error_code::not_authorized);
        break;
    case confirm_status::cursor_ahead:
        ctx.refuse(error_code::cursor_ahead);
        break;
    case confirm_status::invalid_transition:
        ctx.refuse(error_code::invalid_transition, {}, state_text(done.state));
        break;
    }
    return true;
}

void announce_read_position(request_context& ctx, const confirmed& done) {
    if (!done.read_position_moved) return;
    const from_server::read_state frame{.chat_id = done.read_position_moved->chat.view(),
                                        .read_chat_seq = done.read_position_moved->chat_seq,
                                        .timestamp = ctx.home.time.wall_ms()};
    ctx.home.connections.for_each_of(ctx.user(), [&](connection_id id, connection* other) {
        if (id != ctx.caller.id && other->hello.live) send(ctx.home, *other, frame);
    });
}

task<std::optional<confirmed>> confirm_one(request_context& ctx, std::string_view id, receipt_kind kind) {
    const auto message = message_id::parse(id);
    if (!message) { // no id that wsd has ever made
        ctx.refuse(error_code::message_not_found);
        co_return std::nullopt;
    }
    log_operation confirm = confirm_message{.user = ctx.user(), .id = *message, .kind = kind};
    log_outcome outcome = co_await ask_store(ctx.home, ctx.caller, std::move(confirm));
    if (const errc* failure = std::get_if<errc>(&outcome)) {
        ctx.refuse(*failure);
        co_return std::nullopt;
    }
    auto& done = std::get<confirmed>(outcome);
    if (refuse_receipt(ctx, done)) co_return std::nullopt;
    co_return std::move(done);
}

task<> confirm_and_reply(request_context& ctx, std::string_view id, receipt_kind kind) {
    const std::string text(id);
    const auto done = co_await confirm_one(ctx, text, kind);
    if (!done) co_return;
    ctx.reply(from_server::receipt_ack{.message_id = message_id::parse(text),
                                       .state = state_text(done->state),
                                       .already_in_state = done->status == confirm_status::already,
                                       .timestamp = ctx.home.time.wall_ms()});
    announce_read_position(ctx, *done);
}

} // namespace wsd
