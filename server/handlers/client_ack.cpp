#include "server/handlers/handlers.hpp"

#include "common/protocol/server_receipts.hpp"
#include "server/handlers/receipts.hpp"
#include "server/services/notices.hpp"

namespace wsd {

task<> handle(request_context& ctx, from_client::client_ack frame) {
    const bool read = frame.ack_type == "read";
    if (!read && frame.ack_type != "delivered") co_return ctx.refuse(error_code::invalid_ack_type);
    const auto done = co_await confirm_one(ctx, frame.message_id, read ? receipt_kind::read : receipt_kind::delivered);
    if (!done) co_return;
    ctx.reply(from_server::ack_response{.message_id = *message_id::parse(frame.message_id),
                                        .state = state_text(done->state),
                                        .already_in_state = done->status == confirm_status::already,
                                        .timestamp = ctx.home.time.wall_ms()});
    announce_read_position(ctx, *done);
}

} // namespace wsd
