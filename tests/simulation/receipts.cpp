#include "tests/simulation/receipts.hpp"

#include "tests/simulation/truth.hpp"

#include <algorithm>
#include <string_view>

namespace wsd::simulation {

void receipts::confirmed_up_to(const std::string& user, std::uint64_t seq) {
    std::uint64_t& known = up_to_[user];
    known = std::max(known, seq);
}

void receipts::told(const std::string& recipient, const std::string& id, std::string_view state) const {
    if (state == "sent") return;
    if (state == "read" && !read_.contains({recipient, id}))
        throw broken_promise(id + " is read, and " + recipient + " never said so");
    if (silent_.contains(recipient) || confirmed_.contains({recipient, id})) return;
    const auto up_to = up_to_.find(recipient);
    const auto place = places_.find({recipient, id});
    // Of a message that nobody has seen yet the place is not known.
    if (up_to == up_to_.end() || (place != places_.end() && place->second > up_to->second))
        throw broken_promise(id + " is delivered, and " + recipient + " has not said so");
}

void receipts::told_position(const std::string& user, const std::string& chat, std::uint64_t place) {
    std::uint64_t& known = positions_[user][chat];
    known = std::max(known, place);
}

receipts::positions receipts::positions_of(const std::string& user) const {
    const auto found = positions_.find(user);
    return found == positions_.end() ? positions{} : found->second;
}

} // namespace wsd::simulation
