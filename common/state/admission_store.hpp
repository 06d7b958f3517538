#pragma once

#include "common/base/clock.hpp"
#include "common/base/ip_key.hpp"
#include "common/base/seeded_hash.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>

namespace wsd {

// Counts the connections of the process, in all and per address, and the upgrades of the last second. Not
// thread-safe: its owner serialises the calls of all shards, which makes the limits exact. Bounded by the connections
// admitted and by accepts_per_second.
class admission_store {
  public:
    struct options { // 0 = no limit
        std::uint64_t connections_max = 0;
        std::uint32_t connections_per_ip_max = 0;
        std::uint32_t accepts_per_second = 0;
        hash_seed seed{};
    };
    explicit admission_store(const options& o) : options_(o), per_ip_(0, ip_hash{seeded_hash(o.seed)}) {}

    enum class verdict : std::uint8_t {
        admitted, // a place is taken: release() it exactly once, when the upgrade fails or the TCP connection has ended
        connection_limit,
        connection_limit_ip,
        connection_rate, // more than accepts_per_second came as far as this check within a second, refused ones
                         // included
    };
    // Checks in this order; the first that fails decides, and then no place is taken.
    [[nodiscard]] verdict reserve(const ip_key& ip, steady_time now);
    // Precondition: reserve() admitted a connection of this address that was not released yet.
    void release(const ip_key& ip);

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] std::uint32_t count_of(const ip_key& ip) const; // 0 without a limit per address: not counted then
    [[nodiscard]] std::size_t count_addresses() const noexcept { return per_ip_.size(); }

  private:
    struct ip_hash {
        using is_avalanching = void;
        seeded_hash hash;
        std::size_t operator()(const ip_key& ip) const noexcept { return hash(ip.bytes); }
    };
    [[nodiscard]] bool over_rate(steady_time now);

    options options_;
    std::uint64_t count_ = 0;
    boost::unordered_flat_map<ip_key, std::uint32_t, ip_hash> per_ip_; // no entry with 0
    std::deque<steady_time> recent_; // the newest accepts_per_second of the last second
};

} // namespace wsd
