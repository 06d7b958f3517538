#include "common/base/seeded_hash.hpp"

namespace wsd {

std::size_t seeded_hash::operator()(std::string_view first, std::string_view second) const noexcept {
    std::array<std::uint8_t, 8> length{};
    for (std::size_t i = 0; i < length.size(); ++i) length[i] = static_cast<std::uint8_t>(first.size() >> (8 * i));
    boost::hash2::siphash_64 hash = keyed_;
    hash.update(length.data(), length.size());
    hash.update(first.data(), first.size());
    hash.update(second.data(), second.size());
    return hash.result();
}

} // namespace wsd
