#include "loadgen/state/presence_watch.hpp"

#include <algorithm>

namespace wsd::loadgen {

void presence_watch::changed(std::uint32_t user, bool online, steady_time now) {
    auto& of = users_[user];
    if (of.pending) ++missed_;
    of = {.since = now, .online = online, .greeted = false, .pending = true};
    ++changes_;
}

void presence_watch::withdraw(std::uint32_t user) {
    auto& of = users_[user];
    if (!of.pending) return;
    of.online = of.pending = false;
    --changes_;
}

std::optional<std::chrono::nanoseconds> presence_watch::told(std::uint32_t user, bool online, steady_time now) {
    auto& of = users_[user];
    if (!of.pending || of.online != online) {
        ++unexpected_;
        return std::nullopt;
    }
    of.pending = false;
    return now - of.since;
}

std::uint64_t presence_watch::missed() const {
    return missed_ + static_cast<std::uint64_t>(std::ranges::count_if(users_, &state::pending));
}

} // namespace wsd::loadgen
