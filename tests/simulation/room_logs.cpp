#include "tests/simulation/room_logs.hpp"

#include "tests/simulation/truth.hpp"

#include <algorithm>

namespace wsd::simulation {

// What was seen says more than that there is nothing to see any more.
void room_logs::put(const std::string& user, std::uint64_t seq, entry what) {
    entry& known = logs_[user].try_emplace(seq, what).first->second;
    if (known.is < what.is) known = std::move(what);
}

void room_logs::message(const std::string& user, std::uint64_t seq, const std::string& chat, std::uint64_t chat_seq,
                        const std::string& id) {
    seen_.insert({user, id});
    put(user, seq, {.is = kind::message, .chat = chat, .what = id, .chat_seq = chat_seq});
}

void room_logs::deletion(const std::string& user, std::uint64_t seq, const std::string& chat, std::uint64_t chat_seq,
                         const std::string& id) {
    seen_.insert({user, id});
    put(user, seq, {.is = kind::deletion, .chat = chat, .what = id, .chat_seq = chat_seq});
}

void room_logs::moved(const std::string& user, std::uint64_t seq, const std::string& chat, const std::string& who,
                      bool came) {
    put(user, seq, {.is = came ? kind::came : kind::left, .chat = chat, .what = who});
}

void room_logs::nothing(const std::string& user, std::uint64_t from, std::uint64_t to) {
    for (auto seq = from; seq <= to; ++seq) put(user, seq, {.is = kind::nothing});
}

void room_logs::check(const places& last) const {
    for (const auto& [user, entries] : logs_) {
        check_own(user, entries, last);
        check_others(user, entries);
    }
    for (const auto& [user, chat, cursor] : refusals_) {
        if (!trimmed_.contains(user) && last_left(user, logs_.at(user), chat) <= cursor)
            throw broken_promise(user + " is in " + chat + " and was told that there is none");
    }
}

std::uint64_t room_logs::last_left(const std::string& user, const log& entries, const std::string& chat) {
    const auto found = std::find_if(entries.rbegin(), entries.rend(), [&](const auto& each) {
        return each.second.is == kind::left && each.second.chat == chat && each.second.what == user;
    });
    return found == entries.rend() ? 0 : found->first;
}

// While the user is in a room its log has the places of the room without a hole, up to the last one if it is there
// still. Only who has left misses what there was before.
void room_logs::check_own(const std::string& user, const log& entries, const places& last) const {
    places at;
    std::map<std::string, std::uint64_t> left;
    for (const auto& [chat, place] : last) left[chat] = last_left(user, entries, chat);
    std::uint64_t before = 0;
    for (const auto& [seq, each] : entries) {
        const bool trimmed = seq != before + 1;
        std::erase_if(
            at, [&](const auto& room) { return trimmed || (each.is == kind::nothing && left.at(room.first) > seq); });
        before = seq;
        if ((each.is == kind::came || each.is == kind::left) && each.what == user) at.erase(each.chat);
        const auto known = at.find(each.chat);
        if (each.is == kind::deletion && known != at.end() && each.chat_seq == known->second + 1) ++known->second;
        if (each.is != kind::message || !last.contains(each.chat)) continue;
        if (known != at.end() && each.chat_seq != known->second + 1)
            throw broken_promise(user + " has place " + std::to_string(each.chat_seq) + " of " + each.chat + " after " +
                                 std::to_string(known->second));
        at[each.chat] = each.chat_seq;
    }
    for (const auto& [chat, place] : at) {
        if (place != last.at(chat))
            throw broken_promise(user + " has " + chat + " up to " + std::to_string(place) + " of " +
                                 std::to_string(last.at(chat)));
    }
}

// It came once and is there still, and nothing of its log is gone.
bool room_logs::has_stayed(const std::string& user, const std::string& chat) const {
    const auto found = logs_.find(user);
    if (found == logs_.end() || trimmed_.contains(user)) return false;
    const log& entries = found->second;
    return last_left(user, entries, chat) == 0 && std::ranges::any_of(entries, [&](const auto& each) {
               return each.second.is == kind::came && each.second.chat == chat && each.second.what == user;
           });
}

// Whoever came before a message in somebody's log, and never left, has seen it.
void room_logs::check_others(const std::string& user, const log& entries) const {
    std::map<std::string, std::set<std::string>> inside;
    std::uint64_t before = 0;
    for (const auto& [seq, each] : entries) {
        if (seq != before + 1 || each.is == kind::nothing) inside.clear(); // somebody may have left
        before = seq;
        if (each.is == kind::left && each.what == user) inside.erase(each.chat);
        if (each.is == kind::left) inside[each.chat].erase(each.what);
        if (each.is == kind::came && has_stayed(each.what, each.chat)) inside[each.chat].insert(each.what);
        if (each.is != kind::message) continue;
        for (const std::string& member : inside[each.chat]) {
            if (!seen_.contains({member, each.what}))
                throw broken_promise(member + " is in " + each.chat + " and never saw " + each.what + ", as " + user +
                                     " did");
        }
    }
}

} // namespace wsd::simulation
