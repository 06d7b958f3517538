#include "server/runtime/admission.hpp"

#include "common/base/planted_fault.hpp"

namespace wsd {

admission::outcome admission::reserve(const ip_key& ip, steady_time now) {
    const std::lock_guard lock(mutex_);
    const auto verdict = store_.reserve(ip, now);
    if (verdict != admission_store::verdict::admitted) return {.verdict = verdict, .place = {}};
    return {.verdict = verdict, .place = slot(*this, ip)};
}

std::uint64_t admission::count() const {
    const std::lock_guard lock(mutex_);
    return store_.count();
}

void admission::slot::release() noexcept {
    if (from_ == nullptr) return;
#ifdef WSD_PLANTED
    if (is_planted("place_not_freed")) {
        from_ = nullptr;
        return;
    }
#endif
    const std::lock_guard lock(from_->mutex_);
    from_->store_.release(ip_);
    from_ = nullptr;
}

} // namespace wsd
