#include "common/state/attachment_store.hpp"

namespace wsd {

bool attachment_store::attach(const user_id& user, std::uint16_t shard) {
    const auto found = shards_.find(user);
    if (found != shards_.end()) {
        found->second = shard;
        return true;
    }
    if (shards_.size() >= max_) return false;
    shards_.emplace(user, shard);
    return true;
}

void attachment_store::detach(const user_id& user) { shards_.erase(user); }

std::optional<std::uint16_t> attachment_store::find(const user_id& user) const {
    const auto found = shards_.find(user);
    if (found == shards_.end()) return std::nullopt;
    return found->second;
}

} // namespace wsd
