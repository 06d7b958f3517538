#include "server/handlers/handlers.hpp"

#include "common/protocol/server_messages.hpp"
#include "common/protocol/text.hpp"
#include "server/handlers/store_and_answer.hpp"
#include "server/services/log_requests.hpp"
#include "server/services/notices.hpp"

#include <utility>

namespace wsd {
namespace {

from_server::message_ack acknowledgement(const request_context& ctx, const appended& stored) {
    const message_record& message = *stored.message;
    const std::string_view state = state_text(stored.state);
    return {.message_id = message.id,
            .client_message_id = message.client_message_id,
            .chat_id = message.chat.view(),
            .seq = stored.sender_seq,
            .chat_seq = message.chat_seq,
            .recipient_id = message.recipient.view(),
            .state = state,
            .durability = durability_text(ctx.home.services.identity.level),
            .duplicate = stored.duplicate,
            .server_ts = ctx.home.time.wall_ms(),
            .timestamp = message.sent_at,
            .message = {.id = message.id,
                        .sender_id = message.sender.view(),
                        .recipient_id = message.recipient.view(),
                        .content = message.content,
                        .created_at = message.sent_at,
                        .state = state}};
}

void answer_stored(request_context& ctx, const log_outcome& outcome) {
    if (const errc* failure = std::get_if<errc>(&outcome)) return ctx.refuse(*failure);
    const auto& stored = std::get<appended>(outcome);
    ctx.log_stored(*stored.message, stored.sender_seq);
    reply_to_author(ctx, stored.sender_seq, stored.duplicate, acknowledgement(ctx, stored));
}

task<> refuse_in_turn(request_context& ctx, error_code code, std::string_view message) {
    co_await sends_settled(ctx.caller);
    ctx.refuse(code, message);
}

} // namespace

task<> handle(request_context& ctx, from_client::message_send frame) {
    if (is_blank(frame.content))
        co_return co_await refuse_in_turn(ctx, error_code::validation_error, "The content is only white space.");
    if (frame.recipient_id == ctx.user())
        co_return co_await refuse_in_turn(ctx, error_code::validation_error,
                                          "A message needs another recipient than its sender.");

    log_operation append = append_direct{.sender = ctx.user(),
                                         .recipient = std::move(frame.recipient_id),
                                         .content = std::move(frame.content),
                                         .client_message_id = std::move(frame.client_message_id)};
    co_await store_and_answer(ctx, std::move(append), &answer_stored);
}

} // namespace wsd
