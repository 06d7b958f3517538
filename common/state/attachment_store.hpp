#pragma once

#include "common/base/ids.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace wsd {

// Which shard serves which user now. Owned by the store thread; bounded by `max` users.
class attachment_store {
  public:
    explicit attachment_store(std::size_t max) : max_(max) {}

    // The user is served by `shard` from here on. False: the store is full and the user was not in it.
    [[nodiscard]] bool attach(const user_id& user, std::uint16_t shard);
    void detach(const user_id& user);
    [[nodiscard]] std::optional<std::uint16_t> find(const user_id& user) const;
    [[nodiscard]] std::size_t size() const noexcept { return shards_.size(); }

  private:
    boost::unordered_flat_map<user_id, std::uint16_t, std::hash<user_id>> shards_;
    std::size_t max_;
};

} // namespace wsd
