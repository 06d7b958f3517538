#include "server/handlers/handlers.hpp"

#include "common/protocol/text.hpp"
#include "server/handlers/mutations.hpp"

#include <utility>

namespace wsd {

task<> handle(request_context& ctx, from_client::message_edit frame) {
    const auto id = message_id::parse(frame.message_id);
    if (!id) co_return ctx.refuse(error_code::not_found); // no id that wsd has ever made
    if (is_blank(frame.content)) co_return ctx.refuse(error_code::validation_error, "The content is only white space.");
    log_operation edit = edit_message{.user = ctx.user(), .id = *id, .content = std::move(frame.content)};
    co_await change_and_reply(ctx, std::move(edit));
}

} // namespace wsd
