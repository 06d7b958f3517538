#include "server/storage/chat_queries.hpp"

#include "common/protocol/chat_id.hpp"
#include "server/storage/chat_window.hpp"
#include "server/storage/sync_queries.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace wsd {
namespace {

// Which messages of a chat a page of history may show, and in which order they are looked at.
struct history_range {
    std::uint64_t from = 1;
    std::uint64_t to = 0; // below from: none
    bool descending = true;
};

history_range range_of(const history_request& request, chat_window& seen) {
    const auto limit = std::max<std::uint64_t>(request.limit, 1);
    const auto head = seen.head();
    if (request.after) {
        if (*request.after >= head) return {};
        const auto from = std::max(*request.after + 1, seen.first());
        return {.from = from, .to = std::min(head, from + limit - 1), .descending = false};
    }
    const auto to = request.before ? std::min(head, std::max<std::uint64_t>(*request.before, 1) - 1) : head;
    return {.from = std::max(to > limit ? to - limit + 1 : 1, seen.first()), .to = to};
}

result<history_page> read_history(log_source& source, const store_name& store, const history_request& request,
                                  chat_window& seen, chat_key chat) {
    history_page page;
    const history_range range = range_of(request, seen);
    if (range.from > range.to) return page;
    std::vector<place_row> places;
    source.read_places(chat, range.from, range.to, places);
    if (places.size() != range.to - range.from + 1) return errc::persistence;
    if (range.descending) std::reverse(places.begin(), places.end());

    std::size_t bytes = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const place_row& place = places[i];
        auto message = source.read_message(place.offset, store.tag);
        if (!message.record && place.offset <= store.removed_up_to) continue; // by age, this moment
        const auto chat_seq = range.descending ? range.to - i : range.from + i;
        if (!message.record || !seen.holds(chat_seq, place, message.row)) return errc::persistence;
        bytes += message.record->content.size();
        if (!page.messages.empty() && bytes > request.max_bytes) break;
        page.messages.push_back({.message = std::move(message.record),
                                 .state = seen.state_of(message.row),
                                 .counts = seen.count_receipts(message.row)});
    }
    if (page.messages.empty()) return page;
    const auto last = page.messages.back().message->chat_seq;
    page.has_more = range.descending ? last > seen.first() : last < seen.head();
    if (range.descending) std::reverse(page.messages.begin(), page.messages.end());
    return page;
}

result<history_page> read_room_history(log_source& source, const store_name& store, const history_request& request) {
    const auto user = source.find_user(request.user);
    const auto room = user ? source.find_room(request.room) : std::nullopt;
    auto seen = room ? chat_window::of_room(source, store, user->key, room->key) : std::nullopt;
    if (!seen) return history_page{.found = false};
    return read_history(source, store, request, *seen, room->key);
}

result<history_page> read_history(log_source& source, const store_name& store, const history_request& request) {
    if (!request.room.empty()) return read_room_history(source, store, request);
    const auto user = source.find_user(request.user);
    const auto peer = user ? source.find_user(request.peer) : std::nullopt;
    if (!peer) return history_page{};
    const direct_pair users{.low = std::min(user->key, peer->key), .high = std::max(user->key, peer->key)};
    const auto chat = source.find_direct(users);
    if (!chat) return history_page{};
    auto seen = chat_window::of_direct(source, store, user->key, {.chat = chat->key, .users = users});
    return read_history(source, store, request, seen, chat->key);
}

// All chats of a user, each with the offset by which it is listed.
chat_list list_chats(log_source& source, const store_name& store, user_key user) {
    chat_list list;
    std::vector<direct_place> directs;
    source.read_directs(user, directs);
    for (const direct_place& at : directs) {
        listed_chat chat{.chat = at.chat, .users = at.users};
        const auto last = chat_window::of_direct(source, store, user, chat).find_last();
        if (!last) continue;
        chat.last = last->offset;
        list.chats.push_back(chat);
    }
    std::vector<room_row> rooms;
    source.read_rooms(user, rooms);
    for (const room_row& room : rooms) {
        const auto member = source.find_member(room.key, user);
        auto seen = chat_window::of_room(source, store, user, room.key);
        if (!member || !seen) continue;
        // Where nothing was said since, coming was the last that happened.
        const auto last = seen->find_last().value_or(place_row{});
        list.chats.push_back({.chat = room.key, .last = std::max(last.offset, member->since)});
    }
    std::sort(list.chats.begin(), list.chats.end(),
              [](const listed_chat& a, const listed_chat& b) { return a.last > b.last; });
    return list;
}

chat_id name_of(log_source& source, const listed_chat& chat) {
    if (!is_room(chat.chat)) return direct_chat_id(source.user_name(chat.users.low), source.user_name(chat.users.high));
    const auto room = source.find_room(chat.chat);
    return room ? room_chat_id(room->head.id) : chat_id{};
}

conversation_state describe(log_source& source, const store_name& store, user_key reader, const listed_chat& chat) {
    conversation_state state;
    auto seen = is_room(chat.chat) ? chat_window::of_room(source, store, reader, chat.chat)
                                   : chat_window::of_direct(source, store, reader, chat);
    state.gone = !seen;
    if (!seen) return state;
    state.chat = name_of(source, chat);
    state.head_chat_seq = seen->head();
    state.read_chat_seq = seen->read_position();
    state.unread = seen->count_unread();
    const auto place = seen->find_last();
    if (!place) return state;
    auto last = source.read_message(place->offset, store.tag);
    if (!seen->holds(seen->head(), *place, last.row)) last = {}; // damaged, or removed by age this moment
    state.state = seen->state_of(last.row);
    state.counts = last.record ? seen->count_receipts(last.row) : std::nullopt;
    state.last = std::move(last.record);
    return state;
}

struct answer_question {
    log_source& source;
    const store_name& store;

    result<chat_answer> operator()(const history_request& request) const {
        auto page = read_history(source, store, request);
        if (!page) return page.error();
        return chat_answer(*std::move(page));
    }

    result<chat_answer> operator()(const sync_request& request) const {
        return chat_answer(read_sync(source, store, request));
    }

    result<chat_answer> operator()(const chat_list_request& request) const {
        const auto user = source.find_user(request.user);
        return chat_answer(user ? list_chats(source, store, user->key) : chat_list{});
    }

    result<chat_answer> operator()(const conversations_request& request) const {
        conversation_page page;
        const auto user = source.find_user(request.user);
        if (!user) return chat_answer(page);
        std::size_t bytes = 0;
        for (const listed_chat& chat : request.chats) {
            auto state = describe(source, store, user->key, chat);
            if (state.last) bytes += state.last->content.size();
            if (!page.conversations.empty() && bytes > request.max_bytes) break;
            page.conversations.push_back(std::move(state));
        }
        return chat_answer(std::move(page));
    }
};

} // namespace

result<chat_answer> answer(log_source& source, const store_name& store, const chat_question& question) {
    return std::visit(answer_question{source, store}, question);
}

} // namespace wsd
