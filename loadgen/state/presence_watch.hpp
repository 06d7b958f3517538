#pragma once

#include "common/base/clock.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace wsd::loadgen {

// Who came and went, and whether the one who is to hear of it has. One per worker; bounded by the users of the run.
class presence_watch {
  public:
    explicit presence_watch(std::uint32_t users) : users_(users) {}

    // The user comes or goes, and its contact is to be told. A change that nobody was told of by now is missed.
    // To be called before the server can know: its news may be read before its answer to the user is.
    void changed(std::uint32_t user, bool online, steady_time now);
    // The user did not get in after all; if its contact has been told that it did, that stays.
    void withdraw(std::uint32_t user);
    // The contact was told. How long it took; nullopt: nobody came or went.
    std::optional<std::chrono::nanoseconds> told(std::uint32_t user, bool online, steady_time now);
    // The user has been greeted: from now on it is told of its contacts one by one, no longer by the snapshot.
    void greeted(std::uint32_t user) { users_[user].greeted = true; }
    // It is there and is told of others, and everything about it has been told.
    [[nodiscard]] bool settled(std::uint32_t user) const {
        return users_[user].online && users_[user].greeted && !users_[user].pending;
    }
    [[nodiscard]] bool online(std::uint32_t user) const { return users_[user].online; }
    // Changes that were not told of in time, those that still wait included.
    [[nodiscard]] std::uint64_t missed() const;
    [[nodiscard]] std::uint64_t unexpected() const { return unexpected_; }
    [[nodiscard]] std::uint64_t changes() const { return changes_; }

  private:
    struct state {
        steady_time since;
        bool online = true;
        bool greeted = true;
        bool pending = false;
    };
    std::vector<state> users_;
    std::uint64_t changes_ = 0;
    std::uint64_t missed_ = 0;
    std::uint64_t unexpected_ = 0;
};

} // namespace wsd::loadgen
