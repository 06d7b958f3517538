#pragma once

#include "tests/simulation/contents.hpp"
#include "tests/simulation/receipts.hpp"
#include "tests/simulation/room_logs.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace wsd::simulation {

// A promise was broken. The text says which and by what.
class broken_promise : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// What all devices together know of the logs: any two that saw the same place must have seen the same thing there.
class truth {
  public:
    // A content that some device is about to send, as a message or as an edit of one. None is made twice.
    [[nodiscard]] std::string make_content();
    // `what` stands at this place of the user's log.
    void in_log(const std::string& user, std::uint64_t seq, const std::string& what);
    // A frame that shows a message: MESSAGE_RECEIVE, ROOM_MESSAGE, or an element of HISTORY.
    void shown(const boost::json::object& message);
    // The message with this content is stored: nobody may ever learn of another id for it.
    void acknowledged(const std::string& sender, const std::string& content, const std::string& id,
                      const std::string& chat, std::uint64_t chat_seq);
    // The user was shown that the message is deleted, be it in place of the message or later.
    void deleted(const std::string& user, const std::string& id) { deleted_.insert({user, id}); }
    // The user was told that entries of its log are gone.
    void trimmed(const std::string& user) {
        trimmed_.insert(user);
        rooms.trimmed(user);
    }
    // The message is the one at this place, as a frame of a later change tells.
    void place_in_chat(const std::string& chat, std::uint64_t chat_seq, const std::string& id);
    // Somebody was told this state of a message. Those of rooms are per member and not judged.
    void told_state(const std::string& id, const std::string& author, std::string_view state) const;
    room_logs rooms; // what was seen of rooms
    receipts said;
    contents changes;

    // When everybody has caught up: every acknowledged direct message stands once in the logs of its two users, every
    // message of a room in those of its members, and places in chats have no gaps.
    void check() const;
    [[nodiscard]] std::size_t count_acknowledged() const noexcept { return acked_.size(); }

  private:
    struct ack {
        std::string sender, id, chat;
    };
    void check_direct_messages() const;
    void check_dense() const;

    std::set<std::string> contents_;
    std::map<std::pair<std::string, std::uint64_t>, std::string> logs_;
    std::map<std::pair<std::string, std::uint64_t>, std::string> chats_;
    std::map<std::string, std::string> chat_of_;       // by id
    std::map<std::string, std::string> id_of_content_; // as first sent
    std::map<std::string, ack> acked_;                 // by content
    std::set<std::pair<std::string, std::string>> deleted_;
    std::set<std::string> trimmed_;
};

// Fields of frames; a missing one or one of another type is a broken promise.
[[nodiscard]] std::string text_of(const boost::json::object& frame, std::string_view name);
[[nodiscard]] std::uint64_t number_of(const boost::json::object& frame, std::string_view name);

} // namespace wsd::simulation
