#include "server/handlers/mutations.hpp"

#include "common/protocol/server_messages.hpp"
#include "server/services/log_requests.hpp"

#include <utility>

namespace wsd {
namespace {

from_server::message_mutation_ack acknowledgement(const request_context& ctx, const mutated& done) {
    from_server::message_mutation_ack ack{.action = done.kind == entry_kind::edit ? "edit" : "delete",
                                          .message_id = done.message->id,
                                          .server_ts = ctx.home.time.wall_ms()};
    if (done.kind == entry_kind::edit) {
        ack.edited_at = done.message->edited_at;
    } else {
        ack.deleted_at = done.message->deleted_at;
    }
    return ack;
}

} // namespace

task<> change_and_reply(request_context& ctx, log_operation change) {
    const log_outcome outcome = co_await ask_store(ctx.home, ctx.caller, std::move(change));
    if (const errc* failure = std::get_if<errc>(&outcome)) co_return ctx.refuse(*failure);
    const auto& done = std::get<mutated>(outcome);
    switch (done.status) {
    case mutation_status::changed:
    case mutation_status::already:
        ctx.reply(acknowledgement(ctx, done));
        break;
    case mutation_status::not_found:
        ctx.refuse(error_code::not_found);
        break;
    case mutation_status::forbidden:
        ctx.refuse(error_code::forbidden);
        break;
    case mutation_status::blank:
        ctx.refuse(error_code::validation_error, "The content is only white space.");
        break;
    }
}

} // namespace wsd
