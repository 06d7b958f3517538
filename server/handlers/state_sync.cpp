#include "server/handlers/handlers.hpp"

#include "common/protocol/server_resume.hpp"
#include "server/services/log_requests.hpp"

#include <utility>

namespace wsd {

task<> handle(request_context& ctx, from_client::state_sync frame) {
    sync_request request{.user = ctx.user(),
                         .last_message = std::move(frame.last_message_id),
                         .last_read = std::move(frame.last_read_message_id)};
    read_question question = chat_question(std::move(request));
    const read_reply found = co_await ask_reader(ctx.home, ctx.caller, std::move(question));
    if (const errc* failure = std::get_if<errc>(&found.outcome)) co_return ctx.refuse(*failure);
    const auto& state = std::get<sync_state>(std::get<chat_answer>(found.outcome));
    if (!state.unknown.empty()) {
        ctx.reply(from_server::message_error{.error_part = make_error(error_code::invalid_last_message_id, ctx.echo()),
                                             .last_message_id = state.unknown});
        co_return;
    }
    const presence_snapshot presence = co_await ask_presence(ctx.home, ctx.caller);
    from_server::state_sync_response reply{.presence = {.status = "online", .last_seen = presence.own_last_seen},
                                           .undelivered_count = state.undelivered,
                                           .has_more_messages = state.undelivered > 0,
                                           .delivered_message_ids = state.delivered,
                                           .delivered_count = state.delivered.size(),
                                           .read_message_ids = state.read,
                                           .read_count = state.read.size(),
                                           .epoch = ctx.home.services.identity.epoch,
                                           .head = state.head,
                                           .floor = state.floor,
                                           .timestamp = ctx.home.time.wall_ms()};
    ctx.reply(std::move(reply));
}

} // namespace wsd
