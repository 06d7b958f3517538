#include "common/state/typing_store.hpp"

#include "common/state/user_table.hpp"

namespace wsd {

bool typing_store::allow(const user_id& user, const user_id& target, steady_time now) {
    return allow(hash_(user.view(), target.view()), now);
}

bool typing_store::allow(const user_id& user, const room_id& target, steady_time now) {
    // A room and a user of one name are two targets.
    return allow(~hash_(user.view(), target.view()), now);
}

bool typing_store::allow(std::uint64_t key, steady_time now) {
    expire(now);
    pair& p = pairs_[key];
    if (p.count == frames_max) {
        if (now - p.times[p.oldest] < window) return false;
        p.times[p.oldest] = now;
        p.oldest = static_cast<std::uint8_t>((p.oldest + 1) % frames_max);
    } else {
        p.times[p.count++] = now;
    }
    p.newest = now;
    uses_.push_back({.key = key, .at = now});
    if (uses_.size() > uses_max_) forget_oldest_use();
    return true;
}

void typing_store::expire(steady_time now) {
    while (!uses_.empty() && now - uses_.front().at >= window) forget_oldest_use();
}

void typing_store::forget_oldest_use() {
    const use oldest = uses_.front();
    uses_.pop_front();
    const auto at = pairs_.find(oldest.key);
    if (at == pairs_.end() || at->second.newest != oldest.at) return;
    pairs_.erase(at);
    shrink_when_sparse(pairs_);
}

} // namespace wsd
