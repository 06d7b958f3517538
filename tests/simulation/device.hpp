#pragma once

#include "tests/simulation/choices.hpp"
#include "tests/simulation/truth.hpp"
#include "tests/support/memory_peer.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace wsd::simulation {

// A client that keeps to the protocol and believes nothing: it checks every frame against what it may be, by itself and
// with what others saw. Knows nothing of the server but its wire.
class device {
  public:
    struct traits {
        std::string user;
        std::string name;
        bool cumack = true;
        bool noecho = false;
    };
    device(traits is, choices& chance, truth& known) : is_(std::move(is)), chance_(chance), known_(known) {
        if (!is_.cumack) known_.said.confirms_silently(is_.user);
    }

    [[nodiscard]] const std::string& user() const noexcept { return is_.user; }
    [[nodiscard]] bool connected() const noexcept { return wire_ != nullptr; }
    [[nodiscard]] bool live() const noexcept { return live_ && !closing_; }
    [[nodiscard]] bool all_settled() const noexcept {
        return live() && unsettled_.empty() && asked_.empty() && !in_series_;
    }
    [[nodiscard]] std::uint64_t cursor() const noexcept { return cursor_; }
    [[nodiscard]] test::memory_wire& wire() const noexcept { return *wire_; }

    // A new connection: says HELLO with its cursor when it is told who it is.
    void connected_by(std::shared_ptr<test::memory_wire> wire);
    // One random thing that a client may do.
    void act(const std::vector<std::string>& users, const std::vector<std::string>& rooms);
    // The network, or the client itself, ends the connection.
    void cut();
    void leave();
    // Looks at what has arrived.
    void receive();
    // Sends again what was refused for a while.
    void repeat();

  private:
    struct pending {
        std::string to, content, id;    // to: a user, or #room
        std::uint64_t inside_up_to = 0; // in the room, as the log up to here tells; 0: it does not
    };
    void send(std::string_view type, boost::json::object fields, bool has_reply = true);
    void send_pending(const pending& message);
    void write(const std::string& to);
    void change_own(bool remove);
    void confirm_one();
    void cut_now();
    void take_hello(const boost::json::object& frame);
    void take_frame(const boost::json::object& frame);
    void take_entry(const boost::json::object& frame, const std::string& type);
    void advance(std::uint64_t from, std::uint64_t to);
    void take_reply(const boost::json::object& frame, const std::string& type);
    void take_stored(const boost::json::object& frame);
    void take_refusal(const boost::json::object& frame, const std::string& code, const pending& sent);
    void take_mutation(const boost::json::object& frame, std::uint64_t seq);
    void take_state(const boost::json::object& frame);
    void take_read_state(const boost::json::object& frame);
    void show(const boost::json::object& frame);
    [[nodiscard]] std::string full_name() const { return is_.user + "/" + is_.name; }
    void take_coming(const boost::json::object& frame, const std::string& type, std::uint64_t seq);
    void take_series(const boost::json::object& frame, const std::string& type);
    void forget_connection();
    [[noreturn]] void fail(const std::string& what) const;
    [[nodiscard]] std::size_t below(std::size_t limit) { return chance_.below(limit); }

    traits is_;
    choices& chance_;
    truth& known_;
    std::shared_ptr<test::memory_wire> wire_;

    // Kept over connections.
    std::string epoch_;
    std::uint64_t cursor_ = 0;
    std::deque<pending> unsettled_;          // sent or to be sent, without an answer that settles it
    std::map<std::string, std::string> own_; // acknowledged, by message id: content
    std::vector<std::string> received_;      // ids of messages by others
    std::set<std::string> joined_;           // rooms, as the own log tells
    bool blind_ = false;                     // a gap may have hidden that it joined or left
    std::map<std::string, int> states_;      // of own messages; 1 delivered, 2 read

    // Of this connection.
    bool live_ = false;
    bool closing_ = false;
    bool in_series_ = false;
    std::deque<pending> again_; // refused for a while
    std::uint64_t numbers_ = 0;
    std::deque<std::pair<std::string, std::string>> asked_; // correlation id, what was asked
    std::map<std::string, pending> by_correlation_;
    receipts::positions read_up_to_;                                                     // the highest it was told
    std::map<std::string, std::pair<std::string, std::optional<std::string>>> changing_; // correlation: id, content
    std::map<std::string, std::uint64_t> last_place_; // chat: place of the last new message from here
};

} // namespace wsd::simulation
