#include "tests/simulation/truth.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace wsd::simulation {

namespace json = boost::json;

std::string text_of(const json::object& frame, std::string_view name) {
    const json::value* value = frame.if_contains(name);
    if (value == nullptr || !value->is_string())
        throw broken_promise("no text " + std::string(name) + " in " + json::serialize(frame));
    return std::string(value->as_string());
}

std::uint64_t number_of(const json::object& frame, std::string_view name) {
    const json::value* value = frame.if_contains(name);
    if (value == nullptr || !value->is_int64() || value->as_int64() < 0)
        throw broken_promise("no number " + std::string(name) + " in " + json::serialize(frame));
    return static_cast<std::uint64_t>(value->as_int64());
}

std::string truth::make_content() { return *contents_.insert("text " + std::to_string(contents_.size() + 1)).first; }

void truth::in_log(const std::string& user, std::uint64_t seq, const std::string& what) {
    if (what.starts_with("message ")) said.in_log(user, seq, what.substr(8));
    const auto [at, fresh] = logs_.try_emplace({user, seq}, what);
    if (!fresh && at->second != what)
        throw broken_promise("entry " + std::to_string(seq) + " of " + user + " was " + at->second + " and is " + what);
}

void truth::place_in_chat(const std::string& chat, std::uint64_t chat_seq, const std::string& id) {
    const auto [at, fresh] = chats_.try_emplace({chat, chat_seq}, id);
    if (!fresh && at->second != id)
        throw broken_promise("place " + std::to_string(chat_seq) + " of " + chat + " has two messages");
    chat_of_.try_emplace(id, chat);
}

void truth::told_state(const std::string& id, const std::string& author, std::string_view state) const {
    const auto chat = chat_of_.find(id);
    if (chat == chat_of_.end() || !chat->second.starts_with("dm:")) return;
    const auto colon = chat->second.find(':', 3);
    const std::string first = chat->second.substr(3, colon - 3);
    said.told(first == author ? chat->second.substr(colon + 1) : first, id, state);
}

void truth::shown(const json::object& message) {
    const std::string id = text_of(message, "messageId");
    place_in_chat(text_of(message, "chatId"), number_of(message, "chatSeq"), id);
    const json::value* deleted = message.if_contains("deleted");
    if (deleted != nullptr && *deleted == true) {
        if (!message.at("content").is_null()) throw broken_promise("a deleted message shows its text");
        return;
    }
    const std::string content = text_of(message, "content");
    if (!contents_.contains(content)) throw broken_promise("nobody sent " + content);
    if (message.contains("edited") && message.at("edited") == true) return;
    const auto [at, fresh] = id_of_content_.try_emplace(content, id);
    if (!fresh && at->second != id) throw broken_promise(content + " was stored twice");
}

void truth::acknowledged(const std::string& sender, const std::string& content, const std::string& id,
                         const std::string& chat, std::uint64_t chat_seq) {
    place_in_chat(chat, chat_seq, id);
    const auto [at, fresh] = id_of_content_.try_emplace(content, id);
    if (!fresh && at->second != id) throw broken_promise(content + " was acknowledged under two ids");
    acked_.try_emplace(content, ack{.sender = sender, .id = id, .chat = chat});
}

void truth::check() const {
    check_direct_messages();
    room_logs::places last;
    for (const auto& [place, id] : chats_) {
        if (place.first.starts_with("room:")) last[place.first] = place.second; // they ascend
    }
    rooms.check(last);
    changes.check();
    check_dense();
}

void truth::check_direct_messages() const {
    std::map<std::pair<std::string, std::string>, std::size_t> seen; // user and message: how often in the log
    for (const auto& [place, what] : logs_) ++seen[{place.first, what}];
    for (const auto& [content, is] : acked_) {
        if (!is.chat.starts_with("dm:")) continue;
        const auto colon = is.chat.find(':', 3);
        for (const auto& user : {is.chat.substr(3, colon - 3), is.chat.substr(colon + 1)}) {
            const auto found = seen.find({user, "message " + is.id});
            const std::size_t count = found == seen.end() ? 0 : found->second;
            if (count > 1) throw broken_promise(content + " stands twice in the log of " + user);
            if (count == 0 && !deleted_.contains({user, is.id}) && !trimmed_.contains(user))
                throw broken_promise(content + " was acknowledged to " + is.sender + " and " + user + " never saw it");
        }
    }
}

// What was trimmed before it was seen leaves a place that nobody knows of.
void truth::check_dense() const {
    std::map<std::string, std::uint64_t> last;
    for (const auto& [place, id] : chats_) {
        if (!place.first.starts_with("dm:")) continue;
        const auto colon = place.first.find(':', 3);
        if (trimmed_.contains(place.first.substr(3, colon - 3)) || trimmed_.contains(place.first.substr(colon + 1)))
            continue;
        if (place.second != ++last[place.first])
            throw broken_promise("place " + std::to_string(last[place.first]) + " of " + place.first + " is empty");
    }
}

} // namespace wsd::simulation
