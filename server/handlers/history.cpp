#include "server/handlers/handlers.hpp"

#include "common/protocol/chat_id.hpp"
#include "common/protocol/server_resume.hpp"
#include "server/services/log_requests.hpp"
#include "server/services/message_view.hpp"

#include <utility>

namespace wsd {

namespace {

// False: such a chat can't be one of the user's.
bool name_chat(std::string_view chat, history_request& request) {
    if (auto room = parse_room_chat(chat)) {
        request.room = *std::move(room);
        return true;
    }
    auto users = parse_direct_chat(chat);
    if (!users || (users->first != request.user && users->second != request.user)) return false;
    request.peer = std::move(users->first == request.user ? users->second : users->first);
    return true;
}

} // namespace

task<> handle(request_context& ctx, from_client::history frame) {
    history_request request{
        .user = ctx.user(), .before = frame.before_chat_seq, .after = frame.after_chat_seq, .limit = frame.limit};
    if (!name_chat(frame.chat_id.view(), request)) co_return ctx.refuse(error_code::not_found);
    read_question question = chat_question(std::move(request));
    const read_reply found = co_await ask_reader(ctx.home, ctx.caller, std::move(question));
    if (const errc* failure = std::get_if<errc>(&found.outcome)) co_return ctx.refuse(*failure);
    auto page = std::get<history_page>(std::get<chat_answer>(found.outcome));
    if (!page.found) co_return ctx.refuse(error_code::not_found);
    for (history_page::item& item : page.messages) {
        item.state = ctx.home.states.newest(item.message->id, item.state);
        item.message = newest_of(ctx.home, ctx.user(), item.message);
    }
    from_server::history_response reply{.chat_id = frame.chat_id.view(), .has_more = page.has_more};
    reply.messages.reserve(page.messages.size());
    for (const history_page::item& item : page.messages)
        reply.messages.push_back(view_message(*item.message, item.state, ctx.user(), item.counts));
    ctx.reply(std::move(reply));
}

} // namespace wsd
