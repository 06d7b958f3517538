#include "loadgen/state/population.hpp"

#include "loadgen/random.hpp"

#include <numeric>
#include <utility>

namespace wsd::loadgen {

population::population(const plan& who) : who_(who), order_(who.users), place_(who.users) {
    std::iota(order_.begin(), order_.end(), 0u);
    random_source random(who.seed);
    for (std::uint32_t i = who.users; i > 1; --i) std::swap(order_[i - 1], order_[random.below(i)]);
    for (std::uint32_t place = 0; place < who.users; ++place) place_[order_[place]] = place;
}

std::optional<std::uint32_t> population::partner_of(std::uint32_t user) const {
    const std::uint32_t place = place_[user];
    const std::uint32_t mate = leads_chat(user) ? place + 1 : place / who_.chat_size * who_.chat_size;
    if (mate >= who_.users) return std::nullopt;
    return order_[mate];
}

} // namespace wsd::loadgen
