#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace wsd {

// Numbers in ascending order, equal ones included, so that how many reach a value is a binary search. Receipts mostly
// move a number past few others, and those between the old and the new place are all that is touched. 8 octets a
// number; bounded by its owner.
class ordered_positions {
  public:
    ordered_positions() = default;
    explicit ordered_positions(std::vector<std::uint64_t> values) : values_(std::move(values)) {
        std::sort(values_.begin(), values_.end());
    }

    void add(std::uint64_t value) { values_.insert(std::upper_bound(values_.begin(), values_.end(), value), value); }
    // One that is there.
    void remove(std::uint64_t value) { values_.erase(last_of(value)); }
    // One that is there becomes a higher one.
    void raise(std::uint64_t value, std::uint64_t to) {
        const auto from = last_of(value);
        const auto end = std::lower_bound(from + 1, values_.end(), to);
        *std::move(from + 1, end, from) = to;
    }
    void clear() { values_.clear(); }

    [[nodiscard]] std::size_t size() const { return values_.size(); }
    // How many are `value` or more.
    [[nodiscard]] std::uint64_t count_from(std::uint64_t value) const {
        const auto first = std::lower_bound(values_.begin(), values_.end(), value);
        return static_cast<std::uint64_t>(values_.end() - first);
    }

  private:
    [[nodiscard]] std::vector<std::uint64_t>::iterator last_of(std::uint64_t value) {
        return std::upper_bound(values_.begin(), values_.end(), value) - 1;
    }

    std::vector<std::uint64_t> values_;
};

} // namespace wsd
