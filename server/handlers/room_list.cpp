#include "server/handlers/handlers.hpp"

#include "server/handlers/rooms.hpp"
#include "server/services/log_requests.hpp"

namespace wsd {
namespace {

template <class Response, class MakeRoom>
Response answer_with(const request_context& ctx, const room_list& list, MakeRoom&& make_room) {
    Response answer{.count = list.rooms.size(), .has_more = list.more, .timestamp = ctx.home.time.wall_ms()};
    answer.rooms.reserve(list.rooms.size());
    for (const listed_room& room : list.rooms) answer.rooms.push_back(make_room(room));
    return answer;
}

} // namespace

task<> handle(request_context& ctx, from_client::room_list frame) {
    if (frame.include_all && !ctx.caller.who.admin) co_return ctx.refuse(error_code::forbidden);
    read_question question = room_list_request{.user = ctx.user(), .all = frame.include_all};
    const read_reply found = co_await ask_reader(ctx.home, ctx.caller, std::move(question));
    if (const errc* failure = std::get_if<errc>(&found.outcome)) co_return ctx.refuse(*failure);
    const auto& list = std::get<room_list>(found.outcome);
    if (frame.include_all) {
        ctx.reply(answer_with<from_server::room_list_all_response>(
            ctx, list, [](const listed_room& room) { return info_of(room.head); }));
    } else {
        ctx.reply(answer_with<from_server::room_list_response>(ctx, list, summary_of));
    }
}

} // namespace wsd
