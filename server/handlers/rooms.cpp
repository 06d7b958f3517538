#include "server/handlers/rooms.hpp"

#include "server/services/log_requests.hpp"

#include <utility>

namespace wsd {
namespace {

void refuse_change(request_context& ctx, room_status status, error_code limit) {
    switch (status) {
    case room_status::not_found:
        return ctx.refuse(error_code::not_found);
    case room_status::forbidden:
        return ctx.refuse(error_code::forbidden);
    case room_status::taken:
        return ctx.refuse(error_code::validation_error, "There is a room of this id.");
    case room_status::blank_name:
        return ctx.refuse(error_code::validation_error, "A room needs a name.");
    case room_status::empty_patch:
        return ctx.refuse(error_code::validation_error, "The patch names nothing that can be changed.");
    case room_status::oneself:
        return ctx.refuse(error_code::validation_error, "To go oneself, send ROOM_LEAVE.");
    case room_status::limit:
        return ctx.refuse(limit);
    case room_status::done:
        return;
    }
}

} // namespace

task<std::optional<room_changed>> change_and_check(request_context& ctx, room_id room, room_action::any action,
                                                   error_code limit) {
    const bool adding = std::holds_alternative<room_action::add>(action);
    log_operation change = change_room{.caller = ctx.user(),
                                       .room = std::move(room),
                                       .action = std::move(action),
                                       .rules = rules_of(ctx.home.options)};
    log_outcome outcome = co_await ask_store(ctx.home, ctx.caller, std::move(change));
    std::optional<room_changed> done;
    if (const errc* failure = std::get_if<errc>(&outcome)) {
        ctx.refuse(*failure);
        co_return done;
    }
    auto& changed = std::get<room_changed>(outcome);
    if (changed.status == room_status::done) {
        done = std::move(changed);
        ctx.caller.rooms_changed = true;
    } else if (changed.status == room_status::limit && adding) {
        ctx.reply(from_server::error{.error_part = make_error(limit, ctx.echo()), .added_zero = true});
    } else {
        refuse_change(ctx, changed.status, limit);
    }
    co_return done;
}

task<> change_members(request_context& ctx, room_id room, room_action::any action) {
    const std::optional<room_changed> done = co_await change_and_check(ctx, std::move(room), std::move(action));
    if (done) ctx.reply(members_of(*done->room));
}

task<> show_room(request_context& ctx, room_id room) {
    read_question question = room_request{.user = ctx.user(), .room = std::move(room)};
    const read_reply found = co_await ask_reader(ctx.home, ctx.caller, std::move(question));
    if (const errc* failure = std::get_if<errc>(&found.outcome)) co_return ctx.refuse(*failure);
    const auto& room_now = std::get<room_lookup>(found.outcome);
    if (!room_now) co_return ctx.refuse(error_code::not_found);
    ctx.reply(from_server::room_created{.room = snapshot_of(*room_now)});
}

} // namespace wsd
