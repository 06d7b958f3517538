#pragma once

#include <cstdint>
#include <unordered_map>

namespace wsd {

// Where the indexes of one kind go on. Every index is folded in order, so what its table lacks lies above the end of
// that, and goes on from there without a gap. Bounded by the owners of the entries that are looked at.
class index_ends {
  public:
    enum class place : std::uint8_t { in_table, next, wrong };

    // find() tells where the table of `owner` ends.
    template <class Find> place take(std::uint64_t owner, std::uint64_t number, Find&& find) {
        const auto [at, fresh] = ends_.try_emplace(owner);
        auto& [stored, last] = at->second;
        if (fresh) stored = last = find();
        if (number <= stored) return place::in_table;
        if (number != last + 1) return place::wrong;
        ++last;
        return place::next;
    }

  private:
    struct ends {
        std::uint64_t stored = 0;
        std::uint64_t last = 0;
    };
    std::unordered_map<std::uint64_t, ends> ends_;
};

} // namespace wsd
