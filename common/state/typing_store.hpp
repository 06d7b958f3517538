#pragma once

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "common/base/seeded_hash.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>

namespace wsd {

// At most 4 typing frames of a user to a target within any 2 s. Lives on the user's shard's thread. Pairs are kept as a
// keyed hash of 64 bits, for 2 s; bounded by uses_max frames of all pairs, beyond which the pair that was used longest
// ago starts anew.
class typing_store {
  public:
    static constexpr std::size_t frames_max = 4;
    static constexpr std::chrono::seconds window{2};

    struct options {
        std::size_t uses_max = 1 << 17;
        hash_seed seed{};
    };
    explicit typing_store(const options& o) : uses_max_(o.uses_max), hash_(o.seed) {}

    // False: the frame is dropped; it doesn't count.
    [[nodiscard]] bool allow(const user_id& user, const user_id& target, steady_time now);
    [[nodiscard]] bool allow(const user_id& user, const room_id& target, steady_time now);

    // Forgets what is older than the window. Also done by allow(); for a shard on which nobody types any more.
    void expire(steady_time now);

    [[nodiscard]] std::size_t count_pairs() const noexcept { return pairs_.size(); }

  private:
    struct pair {
        std::array<steady_time, frames_max> times{}; // a ring of the newest
        std::uint8_t count = 0;
        std::uint8_t oldest = 0;
        steady_time newest;
    };
    struct use {
        std::uint64_t key = 0;
        steady_time at;
    };
    struct already_hashed {
        using is_avalanching = void;
        std::size_t operator()(std::uint64_t key) const noexcept { return key; }
    };
    [[nodiscard]] bool allow(std::uint64_t key, steady_time now);
    void forget_oldest_use();

    std::size_t uses_max_;
    seeded_hash hash_;
    boost::unordered_flat_map<std::uint64_t, pair, already_hashed> pairs_;
    std::deque<use> uses_; // ascending; only a pair's last one counts
};

} // namespace wsd
