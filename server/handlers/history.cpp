#include "server/handlers/handlers.hpp"

#include "common/protocol/chat_id.hpp"
#include "common/protocol/server_resume.hpp"
#include "server/services/log_requests.hpp"
#include "server/services/message_view.hpp"

#include <utility>

namespace wsd {

task<> handle(request_context& ctx, from_client::history frame) {
    auto users = parse_direct_chat(frame.chat_id.view());
    const bool is_first = users && users->first == ctx.user();
    const bool is_second = users && users->second == ctx.user();
    if (!is_first && !is_second) co_return ctx.refuse(error_code::not_found);

    history_request request{.user = ctx.user(),
                            .peer = std::move(is_first ? users->second : users->first),
                            .before = frame.before_chat_seq,
                            .after = frame.after_chat_seq,
                            .limit = frame.limit};
    read_question question = chat_question(std::move(request));
    const read_reply found = co_await ask_reader(ctx.home, ctx.caller, std::move(question));
    if (const errc* failure = std::get_if<errc>(&found.outcome)) co_return ctx.refuse(*failure);
    const auto& page = std::get<history_page>(std::get<chat_answer>(found.outcome));
    from_server::history_response reply{.chat_id = frame.chat_id.view(), .has_more = page.has_more};
    reply.messages.reserve(page.messages.size());
    for (const history_page::item& item : page.messages)
        reply.messages.push_back(view_message(*item.message, item.state, ctx.user()));
    ctx.reply(std::move(reply));
}

} // namespace wsd
