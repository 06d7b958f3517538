#include "server/handlers/handlers.hpp"

#include "server/handlers/receipts.hpp"

namespace wsd {

task<> handle(request_context& ctx, from_client::message_delivered_confirm frame) {
    co_await confirm_and_reply(ctx, frame.message_id, receipt_kind::delivered);
}

} // namespace wsd
