#pragma once

#include "common/base/ids.hpp"
#include "server/runtime/shard_message.hpp"

#include <cstdint>

namespace wsd {

// The way to other shards. Any thread; never waits.
class router {
  public:
    virtual ~router() = default;

    // The shard on which everything about this user lives.
    [[nodiscard]] virtual std::uint16_t home_of(const user_id& user) const = 0;
    // For notices and answers, which are bounded where they are caused.
    virtual void post(std::uint16_t shard, shard_message&& message) = 0;
    // False: the shard's mailbox is full, the message is untouched.
    [[nodiscard]] virtual bool try_post(std::uint16_t shard, shard_message&& message) = 0;
};

} // namespace wsd
