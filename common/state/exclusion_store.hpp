#pragma once

#include "common/base/seeded_hash.hpp"
#include "common/state/exclusion_records.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace wsd {

enum class exclusion_verdict : std::uint8_t { admitted, session_revoked, account_suspended };

// Which tokens are revoked and which users are suspended: on a shard, of the users who live there. One thread. Bounded
// by what the administration asked for: a revocation leaves when its time is over or another one covers it, a
// suspension when it is lifted.
class exclusion_store {
  public:
    explicit exclusion_store(const hash_seed& seed) : users_(0, seeded_hash(seed), same_text{}) {}

    void apply(const revocation& what, timestamp now);
    void apply(const suspension& what, timestamp now);
    void apply(const exclusion& what, timestamp now) {
        std::visit([&](const auto& each) { apply(each, now); }, what);
    }

    // Of a token that names this session and was issued then, if it says so.
    [[nodiscard]] exclusion_verdict judge(const user_id& user, const session_id& session,
                                          std::optional<timestamp> issued_at, timestamp now) const;

    // fn(const exclusion&) for each, in no order.
    template <class Fn> void for_each(Fn&& fn) const {
        for (const auto& [user, record] : users_) {
            for (const revocation& each : record.revocations) fn(exclusion(each));
            if (record.suspended) fn(exclusion(suspension{.user = user}));
        }
    }
    [[nodiscard]] std::size_t count() const noexcept { return revocations_ + suspended_; }

  private:
    struct user_record {
        bool suspended = false;
        std::vector<revocation> revocations = {}; // none covers another one
    };
    template <class Drops> void drop_if(user_record& record, Drops&& drops);
    void sweep(timestamp now);

    boost::unordered_flat_map<user_id, user_record, seeded_hash, same_text> users_; // none without an exclusion
    std::size_t revocations_ = 0;
    std::size_t suspended_ = 0;
    std::size_t sweep_at_ = 64; // revocations
};

} // namespace wsd
