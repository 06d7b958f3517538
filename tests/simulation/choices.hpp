#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace wsd::simulation {

// Where the decisions of a world come from: a seed, or octets that somebody chose, and a seed when they are used up.
class choices {
  public:
    explicit choices(std::uint32_t seed) : random_(seed) {}
    explicit choices(std::span<const std::uint8_t> octets) : octets_(octets) {}

    // Below limit, which is at least 1. Octets are used up by decisions only, not where there is nothing to choose.
    [[nodiscard]] std::size_t below(std::size_t limit) {
        std::size_t number = 0, covered = 1;
        for (; covered < limit && !octets_.empty(); covered *= 256, octets_ = octets_.subspan(1))
            number = number * 256 + octets_.front();
        if (covered >= limit) return number % limit;
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
    }
    [[nodiscard]] bool has_octets() const noexcept { return !octets_.empty(); }

  private:
    std::mt19937 random_;
    std::span<const std::uint8_t> octets_;
};

} // namespace wsd::simulation
