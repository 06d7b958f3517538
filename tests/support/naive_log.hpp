#pragma once

#include "common/state/log_records.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wsd::test {

// What a log has to answer, said as plainly as possible: everything is looked up by searching.
class naive_log {
  public:
    struct message {
        std::string sender, recipient, content, client_id;
        std::uint64_t chat_seq = 0, sender_seq = 0, recipient_seq = 0;
        message_state state = message_state::sent;
    };
    struct append_answer {
        bool conflict = false, duplicate = false, contacts = false, new_contacts = false;
        std::size_t index = 0; // of the message
    };
    struct receipt_answer {
        confirm_status status = confirm_status::already;
        message_state state = message_state::sent;
        std::vector<std::size_t> changed;
        std::optional<std::uint64_t> read_position;
    };
    struct device {
        std::string name;
        std::optional<std::uint64_t> position;
    };

    append_answer append(const std::string& from, const std::string& to, const std::string& content,
                         const std::string& client_id);
    receipt_answer confirm(const std::string& user, std::size_t index, receipt_kind kind);
    receipt_answer up_to(const std::string& user, std::uint64_t seq, const std::string& device_name);
    receipt_answer replayed(const std::string& user, std::uint64_t from, std::uint64_t to);
    std::optional<std::uint64_t> hello(const std::string& user, const std::string& device_name, std::size_t max);
    [[nodiscard]] std::optional<std::size_t> newest(const std::string& user, const std::string& client_id) const;
    [[nodiscard]] std::uint64_t oldest_undelivered(const std::string& user, std::uint64_t start) const; // cursor
    [[nodiscard]] std::vector<std::string> contacts(const std::string& user) const;

    [[nodiscard]] const std::vector<std::size_t>& log_of(const std::string& user) { return logs_[user]; }
    [[nodiscard]] const std::vector<message>& messages() const { return messages_; }

  private:
    [[nodiscard]] bool wrote(const std::string& from, const std::string& to) const;
    std::vector<std::size_t> deliver(const std::string& user, std::uint64_t from, std::uint64_t to);

    std::vector<message> messages_;
    std::map<std::string, std::vector<std::size_t>> logs_;              // indices of messages_
    std::map<std::string, std::vector<device>> devices_;                // by HELLO, oldest first
    std::map<std::pair<std::string, std::string>, std::uint64_t> read_; // (reader, other)
};

} // namespace wsd::test
