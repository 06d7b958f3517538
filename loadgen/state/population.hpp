#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace wsd::loadgen {

// Who takes part: `users` users with `connections` connections dealt out in turn, put together at random in chats of
// `chat_size`, but the same for the same seed. Immutable, so any thread may read it.
class population {
  public:
    struct plan {
        std::uint32_t connections = 1;
        std::uint32_t users = 1; // 1..connections
        std::uint64_t seed = 1;
        std::uint32_t chat_size = 2; // users, ≥ 2; the last chat may be smaller
    };
    explicit population(const plan& who);

    [[nodiscard]] std::uint32_t connections() const { return who_.connections; }
    [[nodiscard]] std::uint32_t users() const { return who_.users; }
    [[nodiscard]] std::uint32_t user_of(std::uint32_t connection) const { return connection % who_.users; }
    // The connections of a user are user, user + users(), user + 2 * users() …
    [[nodiscard]] std::uint32_t connections_of(std::uint32_t user) const {
        return (who_.connections - user + who_.users - 1) / who_.users;
    }
    // Another user of the same chat; nullopt: it is alone in it. In chats of two, partners are each other's.
    [[nodiscard]] std::optional<std::uint32_t> partner_of(std::uint32_t user) const;
    // Everything about a chat is done by one worker.
    [[nodiscard]] std::uint32_t chat_of(std::uint32_t user) const { return place_[user] / who_.chat_size; }
    [[nodiscard]] std::uint32_t chats() const { return (who_.users + who_.chat_size - 1) / who_.chat_size; }
    [[nodiscard]] bool leads_chat(std::uint32_t user) const { return place_[user] % who_.chat_size == 0; }
    // visit(user) for all users of the chat of this one, itself included.
    template <class Visit> void for_each_member(std::uint32_t user, Visit&& visit) const {
        const std::uint32_t first = place_[user] / who_.chat_size * who_.chat_size;
        const std::uint32_t end = std::min(first + who_.chat_size, who_.users);
        for (std::uint32_t place = first; place < end; ++place) visit(order_[place]);
    }

  private:
    plan who_;
    std::vector<std::uint32_t> order_; // users by place
    std::vector<std::uint32_t> place_; // places by user
};

} // namespace wsd::loadgen
