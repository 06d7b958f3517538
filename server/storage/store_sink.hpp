#pragma once

#include "common/state/store_records.hpp"

#include <cstdint>
#include <vector>

namespace wsd {

// Where the store thread and the reader thread put what they have for the shards; implemented by the owner of the
// mailboxes. Called on both threads, so it must be thread-safe, and it must not wait for a shard.
class store_sink {
  public:
    virtual ~store_sink() = default;
    virtual void deliver(std::uint16_t shard, store_batch&& batch) = 0;
    virtual void deliver_read(std::uint16_t shard, read_reply&& reply) = 0;
    // Who came into a room or left it with the commit. Before its completions, so that whoever acts on having left
    // finds it known.
    virtual void members_moved(std::vector<membership_change>&& changes) = 0;
    // The two users have now both written in their direct chat. After the completions of that commit.
    virtual void contacts_made(const user_id& a, const user_id& b) = 0;
};

} // namespace wsd
