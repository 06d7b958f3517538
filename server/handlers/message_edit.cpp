#include "server/handlers/handlers.hpp"

#include "server/handlers/mutations.hpp"

#include <utility>

namespace wsd {

task<> handle(request_context& ctx, from_client::message_edit frame) {
    const auto id = message_id::parse(frame.message_id);
    if (!id) co_return ctx.refuse(error_code::not_found); // no id that wsd has ever made
    log_operation edit = edit_message{.user = ctx.user(), .id = *id, .content = std::move(frame.content)};
    co_await change_and_reply(ctx, std::move(edit));
}

} // namespace wsd
