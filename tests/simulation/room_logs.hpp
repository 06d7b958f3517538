#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace wsd::simulation {

// What all devices together saw of the rooms in each user's log: from this follows what else a member must have seen.
// Chats are named as on the wire, room:ID.
class room_logs {
  public:
    using places = std::map<std::string, std::uint64_t>; // chat: the last place in it

    void message(const std::string& user, std::uint64_t seq, const std::string& chat, std::uint64_t chat_seq,
                 const std::string& id);
    // A message is shown as its deletion, in its own place of the log or later.
    void deletion(const std::string& user, std::uint64_t seq, const std::string& chat, std::uint64_t chat_seq,
                  const std::string& id);
    // `who` came into the room or left it.
    void moved(const std::string& user, std::uint64_t seq, const std::string& chat, const std::string& who, bool came);
    // Entries that are of no room, or an edit.
    void other(const std::string& user, std::uint64_t seq) { put(user, seq, {.is = kind::other}); }
    // Entries with nothing to show.
    void nothing(const std::string& user, std::uint64_t from, std::uint64_t to);
    // The user was told that it is in no such room; up to `cursor` its log said that it is.
    void refused(const std::string& user, const std::string& chat, std::uint64_t cursor) {
        refusals_.push_back({user, chat, cursor});
    }
    void trimmed(const std::string& user) { trimmed_.insert(user); }

    // When everybody has caught up. Throws when a member has missed a message or was refused.
    void check(const places& last) const;

  private:
    enum class kind : std::uint8_t { nothing, other, deletion, message, came, left };
    struct entry {
        kind is;
        std::string chat = {};
        std::string what = {}; // a message's id; who came or left
        std::uint64_t chat_seq = 0;
    };
    struct refusal {
        std::string user, chat;
        std::uint64_t cursor;
    };
    using log = std::map<std::uint64_t, entry>;

    void put(const std::string& user, std::uint64_t seq, entry what);
    [[nodiscard]] static std::uint64_t last_left(const std::string& user, const log& entries, const std::string& chat);
    [[nodiscard]] bool has_stayed(const std::string& user, const std::string& chat) const;
    void check_own(const std::string& user, const log& entries, const places& last) const;
    void check_others(const std::string& user, const log& entries) const;

    std::map<std::string, log> logs_;
    std::set<std::pair<std::string, std::string>> seen_; // user, id of a message or of one that was deleted
    std::set<std::string> trimmed_;
    std::vector<refusal> refusals_;
};

} // namespace wsd::simulation
