#pragma once

#include "common/base/clock.hpp"
#include "common/state/index_list.hpp"
#include "common/state/log_records.hpp"
#include "common/state/user_table.hpp"

#include <cstddef>
#include <cstdint>

namespace wsd {

// Messages that were written to a connection of their recipient, who has not confirmed them yet; for a metric. Lives on
// the recipients' shard's thread. Bounded by messages_max over all users and messages_per_user_max of each, which also
// bounds what a confirmation looks through.
class unconfirmed_store {
  public:
    struct options {
        milliseconds timeout{30'000};
        std::size_t messages_max = 100'000;
        std::size_t messages_per_user_max = 1024;
        hash_seed seed{};
    };
    explicit unconfirmed_store(const options& o) : options_(o), hash_(o.seed), users_(o.seed) {}

    // The entry was written to a connection of the user. The first time that a message addressed to the user and in
    // state sent is written since the user came, it is watched until it is confirmed. False: there is no room for it.
    bool written(const user_id& user, const log_entry& entry, steady_time now);
    // A direct message, by the place of its entry in the recipient's log.
    void confirmed(const user_id& user, std::uint64_t seq);
    void confirmed(const room_position& position);
    // The user's last connection has gone. What is watched stays: it is overdue or confirmed all the same.
    void drop(const user_id& user);

    // How many messages stayed unconfirmed for the timeout since the last call. They are not watched any longer.
    [[nodiscard]] std::size_t take_overdue(steady_time now);

    [[nodiscard]] std::size_t count_users() const noexcept { return users_.size(); }
    [[nodiscard]] std::size_t count_messages() const noexcept { return messages_.size(); }

  private:
    struct record {
        std::uint64_t highest_written = 0;
        std::size_t count = 0;
        index_list messages; // ascending
        bool here = true;
    };
    struct message {
        std::uint32_t owner = no_slot;
        std::uint64_t seq = 0;
        std::uint64_t room = 0; // keyed hash; 0: a direct message
        std::uint64_t chat_seq = 0;
        steady_time due;
        list_links by_user;
        list_links by_due;
    };

    [[nodiscard]] auto user_links() noexcept {
        return [this](std::uint32_t slot) -> list_links& { return messages_[slot].by_user; };
    }
    [[nodiscard]] auto due_links() noexcept {
        return [this](std::uint32_t slot) -> list_links& { return messages_[slot].by_due; };
    }
    [[nodiscard]] std::uint64_t code_of(const room_id& room);
    void forget(std::uint32_t slot);
    void forget_user(std::uint32_t slot);

    options options_;
    seeded_hash hash_;
    room_id last_room_; // a message is written to one member after the other
    std::uint64_t last_code_ = 0;
    user_table<record> users_;
    slot_table<message> messages_;
    index_list by_due_;
};

} // namespace wsd
