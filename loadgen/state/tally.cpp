#include "loadgen/state/tally.hpp"

namespace wsd::loadgen {

void tally::add(std::string_view name, std::uint64_t count) {
    auto at = counts_.find(name);
    if (at == counts_.end())
        at = counts_.try_emplace(std::string(counts_.size() < names_max ? name : "other"), 0).first;
    at->second += count;
}

void tally::merge(const tally& other) {
    for (const auto& [name, count] : other.counts_) add(name, count);
}

std::uint64_t tally::total() const {
    std::uint64_t sum = 0;
    for (const auto& [name, count] : counts_) sum += count;
    return sum;
}

std::uint64_t tally::count(std::string_view name) const {
    const auto at = counts_.find(name);
    return at == counts_.end() ? 0 : at->second;
}

} // namespace wsd::loadgen
