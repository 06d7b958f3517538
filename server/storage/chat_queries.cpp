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

// Messages of the other user above what this one has read, but for deleted ones.
std::uint64_t count_unread(log_source& source, const listed_chat& at, user_key reader, std::uint64_t read,
                           std::uint64_t head) {
    const chat_key chat = at.chat;
    const bool reader_is_low = reader == at.users.low;
    std::vector<place_row> places;
    std::uint64_t unread = 0;
    for (auto from = read + 1; from <= head && !source.failed(); from += count_step) {
        places.clear();
        source.read_places(chat, from, std::min(head, from + count_step - 1), places);
        unread += static_cast<std::uint64_t>(std::count_if(
            places.begin(), places.end(), [&](const place_row& place) { return place.by_low != reader_is_low; }));
    }
    if (unread == 0) return 0;
    return unread - source.count_deleted(chat, reader_is_low ? at.users.high : at.users.low, read + 1, head);
}

conversation_state describe(log_source& source, const store_name& store, user_key reader, const listed_chat& chat) {
    conversation_state state;
    state.chat = direct_chat_id(source.user_name(chat.users.low), source.user_name(chat.users.high));
    state.head_chat_seq = source.find_chat_head(chat.chat);
    state.read_chat_seq = source.find_read_position(reader, chat.chat);
    state.unread = count_unread(source, chat, reader, state.read_chat_seq, state.head_chat_seq);
    auto last = source.read_message(find_offset(source, chat.chat, state.head_chat_seq), store.tag);
    state.last = std::move(last.record);
    state.state = last.row.state;
    return state;
}

// Which messages of a chat a page of history may show, and in which order they are looked at.
struct history_range {
    std::uint64_t from = 1;
    std::uint64_t to = 0; // below from: none
    bool descending = true;
};

history_range range_of(const history_request& request, std::uint64_t head) {
    const auto limit = std::max<std::uint64_t>(request.limit, 1);
    if (request.after) {
        if (*request.after >= head) return {};
        const auto from = *request.after + 1;
        return {.from = from, .to = std::min(head, from + limit - 1), .descending = false};
    }
    const auto to = request.before ? std::min(head, std::max<std::uint64_t>(*request.before, 1) - 1) : head;
    return {.from = to > limit ? to - limit + 1 : 1, .to = to};
}

result<history_page> read_history(log_source& source, const store_name& store, const history_request& request) {
    history_page page;
    const auto user = source.find_user(request.user);
    const auto peer = user ? source.find_user(request.peer) : std::nullopt;
    if (!peer) return page;
    const auto chat =
        source.find_direct({.low = std::min(user->key, peer->key), .high = std::max(user->key, peer->key)});
    if (!chat) return page;
    const history_range range = range_of(request, chat->head);
    if (range.from > range.to) return page;
    std::vector<place_row> places;
    source.read_places(chat->key, range.from, range.to, places);
    if (range.descending) std::reverse(places.begin(), places.end());

    std::size_t bytes = 0;
    for (const place_row& place : places) {
        auto message = source.read_message(place.offset, store.tag);
        if (!message.record) return errc::persistence;
        bytes += message.record->content.size();
        if (!page.messages.empty() && bytes > request.max_bytes) break;
        page.messages.push_back({.message = std::move(message.record), .state = message.row.state});
    }
    if (page.messages.empty()) return errc::persistence;
    const auto last = page.messages.back().message->chat_seq;
    page.has_more = range.descending ? last > 1 : last < chat->head;
    if (range.descending) std::reverse(page.messages.begin(), page.messages.end());
    return page;
}

// Entries looked at in one go, from the head downwards.
constexpr std::uint64_t sync_step = 256;

class sync_reader {
  public:
    sync_reader(log_source& source, const store_name& store) : source_(source), store_(store) {}

    sync_state read(const sync_request& request) {
        sync_state state;
        const user_row user = source_.find_user(request.user).value_or(user_row{});
        state.head = user.head;
        state.floor = user.floor;
        if (!find(user, request.last_message, last_message_)) {
            state.unknown = request.last_message;
            return state;
        }
        if (!find(user, request.last_read, last_read_)) {
            state.unknown = request.last_read;
            return state;
        }
        room_sight sight(source_, user.key);
        const auto end = std::max(user.floor, std::min(last_message_, last_read_) + 1);
        std::vector<entry_row> entries;
        for (auto to = user.head; to >= end && !source_.failed() && !is_full(state);) {
            const auto from = to - end >= sync_step ? to - sync_step + 1 : end;
            entries.clear();
            source_.read_entries(user.key, from, to, entries);
            for (auto i = entries.size(); i-- > 0;) add(state, sight, entries[i], from + i);
            to = from - 1;
        }
        std::reverse(state.delivered.begin(), state.delivered.end());
        std::reverse(state.read.begin(), state.read.end());
        return state;
    }

  private:
    bool find(const user_row& user, const std::string& id, std::uint64_t& position) {
        if (id.empty()) return true;
        const auto seq = find_in_log(source_, store_, user, id);
        position = seq.value_or(0);
        return seq.has_value();
    }

    static bool is_full(const sync_state& state) {
        return state.undelivered >= sync_state::ids_max && state.delivered.size() >= sync_state::ids_max &&
               state.read.size() >= sync_state::ids_max;
    }

    void add(sync_state& state, room_sight& sight, const entry_row& entry, std::uint64_t seq) {
        if (!is_addressed(entry)) return;
        const auto row = source_.find_message(entry.offset);
        if (!row) return;
        const room_sight::seen now = sight.look(*row);
        if (now.hidden) return;
        if (now.state == message_state::sent) {
            if (seq > last_message_ && state.undelivered < sync_state::ids_max) ++state.undelivered;
            return;
        }
        const bool delivered = now.state == message_state::delivered;
        auto& ids = delivered ? state.delivered : state.read;
        if (seq > (delivered ? last_message_ : last_read_) && ids.size() < sync_state::ids_max)
            ids.push_back(message_id::make(row->sent_at, store_.tag, row->offset));
    }

    log_source& source_;
    const store_name& store_;
    std::uint64_t last_message_ = 0; // seq
    std::uint64_t last_read_ = 0;
};

struct answer_question {
    log_source& source;
    const store_name& store;

    result<chat_answer> operator()(const history_request& request) const {
        auto page = read_history(source, store, request);
        if (!page) return page.error();
        return chat_answer(*std::move(page));
    }

    result<chat_answer> operator()(const sync_request& request) const {
        return chat_answer(sync_reader(source, store).read(request));
    }

    result<chat_answer> operator()(const chat_list_request& request) const {
        chat_list list;
        const auto user = source.find_user(request.user);
        if (!user) return chat_answer(list);
        std::vector<direct_place> chats;
        source.read_directs(user->key, chats);
        list.chats.reserve(chats.size());
        for (const direct_place& at : chats) {
            const auto last = find_offset(source, at.chat, source.find_chat_head(at.chat));
            if (last != 0) list.chats.push_back({.chat = at.chat, .users = at.users, .last = last});
        }
        std::sort(list.chats.begin(), list.chats.end(),
                  [](const listed_chat& a, const listed_chat& b) { return a.last > b.last; });
        return chat_answer(std::move(list));
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
