#include "common/state/timer_wheel.hpp"

#include "common/base/ensure.hpp"

#include <algorithm>

namespace wsd {

timer_wheel::timer_wheel(const options& o, steady_time now)
    : start_(now), step_(o.step), entries_max_(o.entries_max), slots_(o.slots) {
    ensure(o.step.count() > 0 && o.slots > 0, "a wheel has slots and a step");
}

bool timer_wheel::schedule(connection_id id, steady_time due) {
    if (size_ >= entries_max_) return false;
    const steady_time::duration ahead = due - start_;
    const std::int64_t rounded_up = ahead / step_ + (ahead % step_ > steady_time::duration{} ? 1 : 0);
    put({.id = id, .due = std::max(rounded_up, done_ + 1)});
    ++size_;
    return true;
}

} // namespace wsd
