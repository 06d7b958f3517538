#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace wsd::simulation {

// What recipients have said about messages, and what anybody was told of it: nothing before they said so, and no read
// position that goes back.
class receipts {
  public:
    using positions = std::map<std::string, std::uint64_t>; // chat: how far it was read

    // A device of the user takes what it is replayed as delivered without a word.
    void confirms_silently(const std::string& user) { silent_.insert(user); }
    void in_log(const std::string& user, std::uint64_t seq, const std::string& id) { places_[{user, id}] = seq; }
    void confirmed_up_to(const std::string& user, std::uint64_t seq);
    void confirmed(const std::string& user, const std::string& id) { confirmed_.insert({user, id}); }
    void read(const std::string& user, const std::string& id) { read_.insert({user, id}); }
    // Somebody was told this state of a direct message to the recipient. Throws when it came too early.
    void told(const std::string& recipient, const std::string& id, std::string_view state) const;
    void told_position(const std::string& user, const std::string& chat, std::uint64_t place);
    // What the user was told up to now: on a connection that begins now it is told nothing lower.
    [[nodiscard]] positions positions_of(const std::string& user) const;

  private:
    using user_and_id = std::pair<std::string, std::string>;
    std::set<std::string> silent_;
    std::map<user_and_id, std::uint64_t> places_;
    std::map<std::string, std::uint64_t> up_to_;
    std::set<user_and_id> confirmed_, read_;
    std::map<std::string, positions> positions_;
};

} // namespace wsd::simulation
