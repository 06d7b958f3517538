#include "server/handlers/handlers.hpp"

#include "common/protocol/server_room_posts.hpp"
#include "server/handlers/store_and_answer.hpp"
#include "server/services/notices.hpp"

#include <utility>

namespace wsd {
namespace {

from_server::room_message_response response_to(const request_context& ctx, const posted& stored) {
    const message_record& message = *stored.message;
    return {.room_id = message.room.view(),
            .message_id = message.id,
            .chat_id = message.chat.view(),
            .seq = stored.sender_seq,
            .chat_seq = message.chat_seq,
            .member_count = stored.member_count,
            .durability = durability_text(ctx.home.services.identity.level),
            .timestamp = message.sent_at,
            .duplicate = stored.duplicate,
            .client_message_id = message.client_message_id};
}

void answer_stored(request_context& ctx, const log_outcome& outcome) {
    if (const errc* failure = std::get_if<errc>(&outcome)) return ctx.refuse(*failure);
    const auto& stored = std::get<posted>(outcome);
    if (stored.status == post_status::not_found) return ctx.refuse(error_code::not_found);
    if (stored.status == post_status::blank)
        return ctx.refuse(error_code::validation_error, "The content is only white space.");
    ctx.log_stored(*stored.message, stored.sender_seq);
    reply_to_author(ctx, stored.sender_seq, stored.duplicate, response_to(ctx, stored));
}

} // namespace

task<> handle(request_context& ctx, from_client::room_message frame) {
    log_operation append = append_room{.sender = ctx.user(),
                                       .room = std::move(frame.room_id),
                                       .content = std::move(frame.content),
                                       .message_type = std::move(frame.message_type),
                                       .client_message_id = std::move(frame.client_message_id)};
    co_await store_and_answer(ctx, std::move(append), &answer_stored);
}

} // namespace wsd
