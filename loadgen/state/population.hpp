#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace wsd::loadgen {

// Who takes part: `users` users with `connections` connections dealt out in turn, paired at random but the same for the
// same seed. Immutable, so any thread may read it.
class population {
  public:
    struct plan {
        std::uint32_t connections = 1;
        std::uint32_t users = 1; // 1..connections
        std::uint64_t seed = 1;
    };
    explicit population(const plan& who);

    [[nodiscard]] std::uint32_t connections() const { return who_.connections; }
    [[nodiscard]] std::uint32_t users() const { return who_.users; }
    [[nodiscard]] std::uint32_t user_of(std::uint32_t connection) const { return connection % who_.users; }
    // The connections of a user are user, user + users(), user + 2 * users() …
    [[nodiscard]] std::uint32_t connections_of(std::uint32_t user) const {
        return (who_.connections - user + who_.users - 1) / who_.users;
    }
    // nullopt: with an odd number of users one of them has nobody to talk to.
    [[nodiscard]] std::optional<std::uint32_t> partner_of(std::uint32_t user) const;
    // Partners share a chat; everything about a chat is done by one worker.
    [[nodiscard]] std::uint32_t chat_of(std::uint32_t user) const { return chat_[user]; }

  private:
    plan who_;
    std::vector<std::uint32_t> partner_; // oneself: none
    std::vector<std::uint32_t> chat_;
};

} // namespace wsd::loadgen
