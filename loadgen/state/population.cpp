#include "loadgen/state/population.hpp"

#include "loadgen/random.hpp"

#include <numeric>
#include <utility>

namespace wsd::loadgen {

population::population(const plan& who) : who_(who), partner_(who.users), chat_(who.users) {
    std::vector<std::uint32_t> order(who.users);
    std::iota(order.begin(), order.end(), 0u);
    random_source random(who.seed);
    for (std::uint32_t i = who.users; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    for (std::uint32_t i = 0; i < who.users; ++i) {
        const std::uint32_t mate = (i ^ 1u) < who.users ? i ^ 1u : i;
        partner_[order[i]] = order[mate];
        chat_[order[i]] = i / 2;
    }
}

std::optional<std::uint32_t> population::partner_of(std::uint32_t user) const {
    if (partner_[user] == user) return std::nullopt;
    return partner_[user];
}

} // namespace wsd::loadgen
