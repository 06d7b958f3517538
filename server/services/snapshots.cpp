#include "server/services/snapshots.hpp"

#include "common/protocol/server_resume.hpp"
#include "server/services/message_view.hpp"
#include "server/services/notices.hpp"
#include "server/services/outbound.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace wsd {
namespace {

constexpr std::size_t frame_chats_max = 200;
constexpr std::size_t frame_bytes_max = 256 * 1024;
// Of the frame without its conversations, and of a conversation without its texts.
constexpr std::size_t frame_envelope_bytes = 4096;
constexpr std::size_t conversation_bytes = 600;

std::size_t escaped_bytes(std::string_view text) {
    std::size_t bytes = text.size();
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20) bytes += 5;
        if (c == '"' || c == '\\') ++bytes;
    }
    return bytes;
}

std::size_t encoded_bytes_max(const conversation_state& state) {
    std::size_t bytes = conversation_bytes + escaped_bytes(state.chat.view());
    if (!state.last) return bytes;
    const message_record& last = *state.last;
    for (const std::string_view text : {last.chat.view(), last.sender.view(), last.recipient.view(), last.room.view(),
                                        std::string_view(last.message_type), std::string_view(last.client_message_id),
                                        std::string_view(last.content)})
        bytes += escaped_bytes(text);
    return bytes;
}

from_server::conversation view(const conversation_state& state, const user_id& viewer) {
    from_server::conversation shown{.chat_id = state.chat.view(),
                                    .head_chat_seq = state.head_chat_seq,
                                    .read_chat_seq = state.read_chat_seq,
                                    .unread = state.unread};
    if (state.last) shown.last_message = view_message(*state.last, state.state, viewer, state.counts);
    return shown;
}

void send_page(shard& home, connection& c, const conversation_page& page) {
    replay_series& series = *c.series;
    auto at = page.conversations.begin();
    while (at != page.conversations.end()) {
        from_server::snapshot frame{.correlation_id = series.correlation};
        std::size_t bytes = frame_envelope_bytes;
        do {
            bytes += at->gone ? 0 : encoded_bytes_max(*at);
            if (!frame.conversations.empty() && bytes > frame_bytes_max) break;
            if (!at->gone) frame.conversations.push_back(view(*at, c.who.user));
            ++series.chats_shown;
        } while (++at != page.conversations.end());
        frame.more = series.chats_shown < series.chats.chats.size();
        // An empty one only where another was announced that there is no more.
        if (!frame.conversations.empty() || !frame.more) send(home, c, frame);
    }
}

} // namespace

chat_question next_snapshot_question(const connection& c) {
    const replay_series& series = *c.series;
    if (series.stage == series_stage::chats) return chat_list_request{.user = c.who.user};
    const auto& all = series.chats.chats;
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(series.chats_shown);
    const auto count = std::min(all.size() - series.chats_shown, frame_chats_max);
    conversations_request request{.user = c.who.user, .chats = {}};
    request.chats.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
    return request;
}

bool send_snapshots(shard& home, connection& c, chat_answer&& shown) {
    replay_series& series = *c.series;
    if (auto* list = std::get_if<chat_list>(&shown)) {
        series.chats = std::move(*list);
        series.stage = series_stage::conversations;
        if (series.chats.chats.empty()) {
            send(home, c, from_server::snapshot{.correlation_id = series.correlation});
            series.stage = series_stage::entries;
        }
        return true;
    }
    auto* page = std::get_if<conversation_page>(&shown);
    if (page == nullptr || page->conversations.empty()) return false;
    for (conversation_state& state : page->conversations) {
        if (!state.last) continue;
        state.state = home.states.newest(state.last->id, state.state);
        state.last = newest_of(home, c.who.user, state.last);
    }
    send_page(home, c, *page);
    if (series.chats_shown < series.chats.chats.size()) return true;
    series.stage = series_stage::entries;
    series.chats = {};
    return true;
}

} // namespace wsd
