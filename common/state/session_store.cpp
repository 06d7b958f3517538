#include "common/state/session_store.hpp"

#include "common/base/ensure.hpp"
#include "common/state/user_table.hpp"

namespace wsd {

session_store::connected_session session_store::connected(const user_id& user, const session_id& name,
                                                          steady_time now) {
    expire(now);
    session& s = sessions_[hash_(user.view(), name.view())];
    if (s.connections++ == 0) ++open_;
    return {.is_reconnect = s.ended != never, .connections = s.connections};
}

void session_store::disconnected(const user_id& user, const session_id& name, steady_time now) {
    expire(now);
    const std::uint64_t key = hash_(user.view(), name.view());
    const auto at = sessions_.find(key);
    ensure(at != sessions_.end() && at->second.connections > 0, "the session had a connection");
    if (--at->second.connections == 0) --open_;
    at->second.ended = now;
    endings_.push_back({.key = key, .at = now});
    if (endings_.size() > options_.remembered_max) forget_oldest_ending();
}

void session_store::moved(const user_id& user, const session_id& from, const session_id& to) {
    const auto at = sessions_.find(hash_(user.view(), from.view()));
    ensure(at != sessions_.end() && at->second.connections > 0, "the session had a connection");
    if (--at->second.connections == 0) --open_;
    if (at->second.connections == 0 && at->second.ended == never) sessions_.erase(at);
    session& s = sessions_[hash_(user.view(), to.view())];
    if (s.connections++ == 0) ++open_;
}

void session_store::expire(steady_time now) {
    while (!endings_.empty() && now - endings_.front().at > options_.remembered_for) forget_oldest_ending();
}

void session_store::forget_oldest_ending() {
    const ending oldest = endings_.front();
    endings_.pop_front();
    const auto at = sessions_.find(oldest.key);
    // A later ending of the same session stands further back in the queue; at the same instant the last one counts too,
    // and forgetting it early by no time at all is no difference.
    if (at == sessions_.end() || at->second.ended != oldest.at) return;
    at->second.ended = never;
    if (at->second.connections == 0) sessions_.erase(at);
    shrink_when_sparse(sessions_);
}

} // namespace wsd
