#include "server/storage/chat_queries.hpp"

#include "common/protocol/chat_id.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace wsd {
namespace {

// Places looked at in one go when unread messages are counted.
constexpr std::uint64_t count_step = 4096;

std::uint64_t find_offset(log_source& source, chat_key chat, std::uint64_t chat_seq) {
    std::vector<place_row> found;
    if (chat_seq > 0) source.read_places(chat, chat_seq, chat_seq, found);
    return found.empty() ? 0 : found.front().offset;
}

// Messages of the other user above what this one has read.
std::uint64_t count_unread(log_source& source, chat_key chat, bool reader_is_low, std::uint64_t read,
                           std::uint64_t head) {
    std::vector<place_row> places;
    std::uint64_t unread = 0;
    for (auto from = read + 1; from <= head && !source.failed(); from += count_step) {
        places.clear();
        source.read_places(chat, from, std::min(head, from + count_step - 1), places);
        unread += static_cast<std::uint64_t>(std::count_if(
            places.begin(), places.end(), [&](const place_row& place) { return place.by_low != reader_is_low; }));
    }
    return unread;
}

conversation_state describe(log_source& source, const store_name& store, user_key reader, const listed_chat& chat) {
    conversation_state state;
    state.chat = direct_chat_id(source.user_name(chat.users.low), source.user_name(chat.users.high));
    state.head_chat_seq = source.find_chat_head(chat.chat);
    state.read_chat_seq = source.find_read_position(reader, chat.chat);
    state.unread = count_unread(source, chat.chat, reader == chat.users.low, state.read_chat_seq, state.head_chat_seq);
    auto last = source.read_message(find_offset(source, chat.chat, state.head_chat_seq), store.tag);
    state.last = std::move(last.record);
    state.state = last.row.state;
    return state;
}

struct answer_question {
    log_source& source;
    const store_name& store;

    chat_answer operator()(const chat_list_request& request) const {
        chat_list list;
        const auto user = source.find_user(request.user);
        if (!user) return list;
        std::vector<direct_place> chats;
        source.read_directs(user->key, chats);
        list.chats.reserve(chats.size());
        for (const direct_place& at : chats) {
            const auto last = find_offset(source, at.chat, source.find_chat_head(at.chat));
            if (last != 0) list.chats.push_back({.chat = at.chat, .users = at.users, .last = last});
        }
        std::sort(list.chats.begin(), list.chats.end(),
                  [](const listed_chat& a, const listed_chat& b) { return a.last > b.last; });
        return list;
    }

    chat_answer operator()(const conversations_request& request) const {
        conversation_page page;
        const auto user = source.find_user(request.user);
        if (!user) return page;
        std::size_t bytes = 0;
        for (const listed_chat& chat : request.chats) {
            auto state = describe(source, store, user->key, chat);
            if (state.last) bytes += state.last->content.size();
            if (!page.conversations.empty() && bytes > request.max_bytes) break;
            page.conversations.push_back(std::move(state));
        }
        return page;
    }
};

} // namespace

chat_answer answer(log_source& source, const store_name& store, const chat_question& question) {
    return std::visit(answer_question{source, store}, question);
}

} // namespace wsd
