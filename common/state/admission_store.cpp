#include "common/state/admission_store.hpp"

#include "common/base/ensure.hpp"
#include "common/state/user_table.hpp"

namespace wsd {

admission_store::verdict admission_store::reserve(const ip_key& ip, steady_time now) {
    if (options_.connections_max != 0 && count_ >= options_.connections_max) return verdict::connection_limit;
    const bool per_ip = options_.connections_per_ip_max != 0;
    if (per_ip && count_of(ip) >= options_.connections_per_ip_max) return verdict::connection_limit_ip;
    if (over_rate(now)) return verdict::connection_rate;
    ++count_;
    if (per_ip) ++per_ip_[ip];
    return verdict::admitted;
}

void admission_store::release(const ip_key& ip) {
    ensure(count_ > 0, "a place is released once");
    --count_;
    if (options_.connections_per_ip_max == 0) return;
    const auto at = per_ip_.find(ip);
    ensure(at != per_ip_.end(), "a place is released once");
    if (--at->second > 0) return;
    per_ip_.erase(at);
    shrink_when_sparse(per_ip_);
}

std::uint32_t admission_store::count_of(const ip_key& ip) const {
    const auto at = per_ip_.find(ip);
    return at == per_ip_.end() ? 0 : at->second;
}

bool admission_store::over_rate(steady_time now) {
    if (options_.accepts_per_second == 0) return false;
    while (!recent_.empty() && now - recent_.front() >= std::chrono::seconds(1)) recent_.pop_front();
    const bool over = recent_.size() >= options_.accepts_per_second;
    if (over) recent_.pop_front();
    recent_.push_back(now);
    return over;
}

} // namespace wsd
