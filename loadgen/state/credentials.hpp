#pragma once

#include "common/auth/setup_error.hpp"
#include "common/base/clock.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wsd::loadgen {

// Who the users are and what they show at the upgrade. Immutable after the start, but for ids that only the server
// knows: each of those is set by the one worker that has the user.
class credentials {
  public:
    struct entry {
        std::string user; // empty: the server will tell
        std::string token;
    };

    // Tokens signed with HS256 for users prefix0, prefix1 … that hold for at least `lifetime` from now on.
    struct mint_plan {
        std::string secret;
        std::string prefix;
        std::uint32_t users = 0;
        std::chrono::seconds lifetime{};
        timestamp now = 0;
    };
    [[nodiscard]] static setup_result<credentials> mint(const mint_plan& plan);

    // The text of a file with a line for each user, "user token" or "token"; empty lines and lines that begin with #
    // are skipped. Error: a line with more than two words, or fewer lines than `users`.
    [[nodiscard]] static setup_result<credentials> read(std::string_view text, std::uint32_t users);

    [[nodiscard]] std::string_view user(std::uint32_t number) const { return entries_[number].user; }
    [[nodiscard]] std::string_view token(std::uint32_t number) const { return entries_[number].token; }
    void learn_user(std::uint32_t number, std::string_view id) { entries_[number].user = id; }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    std::vector<entry> entries_;
};

} // namespace wsd::loadgen
