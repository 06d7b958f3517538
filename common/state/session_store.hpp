#pragma once

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "common/base/seeded_hash.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>

namespace wsd {

// The sessions of the users whom a shard serves: the pairs (user, session) with open connections, and those whose
// connections ended a short while ago. A session outlives its connections by `remembered_for`, which is what tells a
// reconnect from a first visit. Lives on its shard's thread. Bounded by the shard's connections plus remembered_max;
// beyond that the session that ended longest ago is forgotten. Sessions are kept as a keyed hash of 64 bits: two of a
// million are taken for one with a probability of 10^-7.
class session_store {
  public:
    struct options {
        std::chrono::steady_clock::duration remembered_for = std::chrono::minutes(5);
        std::size_t remembered_max = 1 << 18;
        hash_seed seed{};
    };
    explicit session_store(const options& o) : options_(o), hash_(o.seed) {}

    struct connected_session {
        bool is_reconnect = false;     // a connection of it ended within remembered_for
        std::uint32_t connections = 0; // open ones, this one included
        friend bool operator==(const connected_session&, const connected_session&) = default;
    };
    connected_session connected(const user_id& user, const session_id& session, steady_time now);
    // Precondition: connected() was called for it.
    void disconnected(const user_id& user, const session_id& session, steady_time now);

    // A connection goes on in another session of the user; nothing has ended. Precondition as above for `from`.
    void moved(const user_id& user, const session_id& from, const session_id& to);

    // Forgets what ended too long ago. Also done by the other calls; for a shard on which nothing happens.
    void expire(steady_time now);

    [[nodiscard]] std::size_t count_open() const noexcept { return open_; }             // sessions with connections
    [[nodiscard]] std::size_t count_known() const noexcept { return sessions_.size(); } // those and the remembered ones

  private:
    static constexpr steady_time never = steady_time::min();
    struct session {
        std::uint32_t connections = 0;
        steady_time ended = never; // when a connection of it last ended
    };
    struct ending {
        std::uint64_t key = 0;
        steady_time at;
    };
    struct already_hashed {
        using is_avalanching = void;
        std::size_t operator()(std::uint64_t key) const noexcept { return key; }
    };
    void forget_oldest_ending();

    options options_;
    seeded_hash hash_;
    std::size_t open_ = 0;
    boost::unordered_flat_map<std::uint64_t, session, already_hashed> sessions_;
    std::deque<ending> endings_; // ascending; only a session's last one counts
};

} // namespace wsd
