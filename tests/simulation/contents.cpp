#include "tests/simulation/contents.hpp"

#include "tests/simulation/truth.hpp"

#include <algorithm>

namespace wsd::simulation {

void contents::check() const {
    std::map<std::string, std::pair<std::string, content>> final; // id: the first device that holds it, and what
    for (const auto& [device, view] : views_) {
        for (const auto& [id, now] : view) {
            const auto& first = final.try_emplace(id, device, now).first->second;
            if (first.second != now)
                throw broken_promise(id + " is " + first.second.value_or("deleted") + " for " + first.first + " and " +
                                     now.value_or("deleted") + " for " + device);
        }
    }
    for (const auto& [id, changes] : changes_) {
        if (const auto found = final.find(id); found != final.end()) check(id, changes, found->second.second);
    }
}

void contents::check(const std::string& id, const history& changes, const content& now) {
    if (changes.done.empty() || !now) return;
    const bool deleted = std::ranges::find(changes.done, content{}) != changes.done.end();
    // One without an answer may have come at any time.
    const bool open = changes.asked.contains(now) && std::ranges::find(changes.done, now) == changes.done.end();
    if (deleted || (now != changes.done.back() && !open))
        throw broken_promise(id + " was changed to " + changes.done.back().value_or("deleted") + " and is " + *now);
}

} // namespace wsd::simulation
