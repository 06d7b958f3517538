#include "common/state/exclusion_store.hpp"

#include <algorithm>

namespace wsd {
namespace {

bool is_over(const revocation& what, timestamp now) { return now >= what.expires_at; }

bool is_about(const revocation& what, const session_id& session, std::optional<timestamp> issued_at) {
    if (!what.session.empty()) return what.session == session;
    return !issued_at || *issued_at <= what.issued_before;
}

} // namespace

template <class Drops> void exclusion_store::drop_if(user_record& record, Drops&& drops) {
    revocations_ -= std::erase_if(record.revocations, drops);
}

void exclusion_store::apply(const revocation& what, timestamp now) {
    if (is_over(what, now)) return;
    user_record& record = users_[what.user];
    const auto covers = [&](const revocation& known) { return known.covers(what); };
    if (std::any_of(record.revocations.begin(), record.revocations.end(), covers)) return;
    drop_if(record, [&](const revocation& known) { return what.covers(known); });
    record.revocations.push_back(what);
    if (++revocations_ >= sweep_at_) sweep(now);
}

void exclusion_store::apply(const suspension& what, timestamp) {
    const auto known = users_.find(what.user);
    const bool suspended = known != users_.end() && known->second.suspended;
    if (suspended == !what.lifted) return;
    if (!what.lifted) {
        users_[what.user].suspended = true;
        ++suspended_;
        return;
    }
    known->second.suspended = false;
    --suspended_;
    if (known->second.revocations.empty()) users_.erase(known);
}

exclusion_verdict exclusion_store::judge(const user_id& user, const session_id& session,
                                         std::optional<timestamp> issued_at, timestamp now) const {
    const auto known = users_.find(user);
    if (known == users_.end()) return exclusion_verdict::admitted;
    for (const revocation& each : known->second.revocations) {
        if (!is_over(each, now) && is_about(each, session, issued_at)) return exclusion_verdict::session_revoked;
    }
    return known->second.suspended ? exclusion_verdict::account_suspended : exclusion_verdict::admitted;
}

// Each time as many have come as there were left: linear in what was asked for.
void exclusion_store::sweep(timestamp now) {
    for (auto at = users_.begin(); at != users_.end();) {
        drop_if(at->second, [now](const revocation& each) { return is_over(each, now); });
        const bool empty = at->second.revocations.empty() && !at->second.suspended;
        at = empty ? users_.erase(at) : std::next(at);
    }
    sweep_at_ = std::max<std::size_t>(64, revocations_ * 2);
}

} // namespace wsd
